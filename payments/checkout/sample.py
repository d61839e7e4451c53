"""Sample pages with made-up contents, to look at a project's look."""

from typing import Any, Final

from babel import Locale
from django.http import HttpRequest, HttpResponse

from paymenthub.kernel import clock
from payments.models import Payment, Project
from payments.notifications import writing

from .render import page
from .ways import Way
from .words import LANGUAGES, Words

PAGES: Final = {"choose": "Choose a method", "paid": "Receipt", "failed": "Declined"}


def sample_page(request: HttpRequest, project: Project, name: str, language: str) -> HttpResponse:
    """Render one of PAGES (else the first) in a language (else English); only the hub's own pages may frame it."""
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
        "date": writing.moment(clock.now(), project.timezone, locale),
    }
    return page(request, f"checkout/{chosen}.html", context, project=project, locale=locale, framed_by_us=True)
