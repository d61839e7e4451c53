"""Sample pages with made-up contents, to look at a project's look."""

from dataclasses import replace
from typing import Any, Final

from babel import Locale
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop

from paymenthub.kernel import clock
from payments.models import Payment, Project, ProjectBranding
from payments.notifications import writing

from .brand import brand_of
from .render import page
from .ways import Way
from .words import LANGUAGES, Words

PAGES: Final = {
    "choose": gettext_noop("Choose a method"),
    "paid": gettext_noop("Receipt"),
    "failed": gettext_noop("Declined"),
}


def sample_page(
    request: HttpRequest,
    project: Project,
    name: str,
    language: str,
    *,
    look: ProjectBranding | None = None,
    css_url: str = "",
) -> HttpResponse:
    """Render one of PAGES (else the first) in a language (else English); only the hub's own pages may frame it.

    `look`: one that is not saved, in the place of the project's own; `css_url`: where its colours are written.
    """
    if look is not None:
        project.branding = look
    chosen = name if name in PAGES else "choose"
    locale = Locale.parse(language if language in LANGUAGES else "en")
    words = Words(locale.language)
    payment = Payment(
        project=project, amount=2599, currency="EUR", shop_transaction_id="order-1042", description="Espresso, 1 kg"
    )
    context: dict[str, Any] = {
        "payment": payment,
        "test_mode": True,
        "base": "#",
        "items": [{"description": "Espresso, 1 kg", "quantity": "2", "amount": 2400}],
        "methods": [Way("", str(words.say(f"methods.{method}"))) for method in ("credit-cards", "pay-pal")],
        "reason": "declines.insufficient_funds",
        "amount": payment.amount,
        "method": words.say("methods.credit-cards"),
        "brand": replace(brand_of(project), css_url=css_url) if look is not None else brand_of(project),
        "date": writing.moment(clock.now(), project.timezone, locale),
    }
    return page(request, f"checkout/{chosen}.html", context, project=project, locale=locale, framed_by_us=True)
