"""The dashboard as the first page shows it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.services.dashboard_layout import arranged
from payments.selectors import rollups

from .card import CardKind, Chart
from .catalogue import CARDS
from .choice import Choice, read
from .numbers import Numbers
from .period import Against, Span

PERMISSION = "backoffice.view_dashboard"


@dataclass(frozen=True, slots=True)
class Shown:
    """A card as the template writes it; a hidden one has no chart."""

    kind: CardKind
    chart: Chart | None
    csv: str


def dashboard(request: HttpRequest) -> dict[str, Any]:
    """Return the template's context; nothing for those who may not see it."""
    if not request.user.has_perm(PERMISSION):
        return {}
    choice = read(request.GET, request.user)
    numbers = Numbers(choice)
    is_arranging = request.GET.get("arrange") == "1"
    order, hidden = arranged(request.user.pk or 0, list(CARDS))
    cards = [
        Shown(
            CARDS[key],
            CARDS[key].make(numbers) if key not in hidden else None,
            f"{reverse('dashboard_csv', args=[key])}?{choice.query()}",
        )
        for key in order
        if is_arranging or key not in hidden
    ]
    return {
        "choice": choice,
        "charts": cards,
        "is_arranging": is_arranging,
        "hidden_count": len(hidden),
        "as_of": rollups.as_of(choice.project_ids),
        "spans": _spans(choice),
        "againsts": _againsts(choice),
        "kept": list(choice.named().items()),
        "here": f"?{choice.query()}",
        "arrange_url": f"?{choice.query(arrange='1')}",
    }


def _spans(choice: Choice) -> list[tuple[str, str, str, bool]]:
    """List the periods as links: value, name, address, whether it is chosen."""
    names = {
        Span.TODAY: _("Today"),
        Span.WEEK: _("7 days"),
        Span.MONTH: _("30 days"),
        Span.MTD: _("Month to date"),
        Span.YTD: _("Year to date"),
    }
    return [
        (span.value, name, f"?{choice.query(period=span.value, **_NO_DAYS)}", span is choice.span)
        for span, name in names.items()
    ]


_NO_DAYS = {"from": "", "to": ""}


def _againsts(choice: Choice) -> list[tuple[str, str]]:
    names = {
        Against.PREVIOUS: _("The period before"),
        Against.YEAR: _("A year before"),
        Against.NOTHING: _("Nothing"),
    }
    return [(against.value, name) for against, name in names.items()]
