"""What a person reads first about a notification: what it says, why nothing was done, and which payments may be meant."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.access import may_see
from backoffice.links import page_of
from backoffice.status import status_chip
from payments.inbox.candidates import Candidate, read
from payments.models import InboxMessage, InboxState, OperatorItem
from payments.selectors.explain import amount

_WHY: dict[str, str | Promise] = {
    InboxState.NEW: gettext_lazy(
        "It is waiting for a worker, or the provider could not be asked yet. It is tried by itself."
    ),
    InboxState.DONE: gettext_lazy("It was understood, and what it says is recorded."),
    InboxState.IGNORED: gettext_lazy("It was understood: it says nothing that this hub has to do."),
    InboxState.UNMATCHED: gettext_lazy(
        "No payment here is known by the ids in it. It is tried again by itself, at last once an hour."
    ),
    InboxState.CONFLICT: gettext_lazy(
        "The provider sent this event before, with another content. The first one counts; this one is never applied."
    ),
    InboxState.GIVEN_UP: gettext_lazy(
        "It was tried for a long time, and no payment is known by the ids in it. A person decides."
    ),
    InboxState.NOT_OURS: gettext_lazy("A person has said that it belongs to another system. It is tried no more."),
}
_TONES = {
    InboxState.DONE: "good",
    InboxState.IGNORED: "good",
    InboxState.NEW: "waiting",
    InboxState.NOT_OURS: "good",
    InboxState.GIVEN_UP: "bad",
}
_OPEN = (InboxState.NEW, InboxState.UNMATCHED, InboxState.GIVEN_UP, InboxState.CONFLICT)


def notification_context(user: User | AnonymousUser, message: InboxMessage) -> dict[str, Any]:
    """Read what the page of one notification says first. Only what is not settled is read once more."""
    context: dict[str, Any] = {
        "message": message,
        "why": _WHY[message.state],
        "tone": _TONES.get(InboxState(message.state), "doubt"),
    }
    if message.state in _OPEN:
        told = read(message)
        context |= {
            "ids_told": told.ids,
            "money_told": [amount(money.amount, money.currency) for money in told.money],
            "said": told.said,
            "problem": told.problem,
            "candidates": _shown(user, told.candidates),
        }
    about = [f"notification:{message.pk}"]
    items = OperatorItem.objects.filter(project=message.project_id, about__in=about, resolved_at=None)
    context["items"] = list(items) if user.has_perm("payments.view_operatoritem") else []
    return context


def _shown(user: User | AnonymousUser, candidates: tuple[Candidate, ...]) -> list[dict[str, Any]]:
    if not user.has_perm("payments.view_payment"):
        return []
    why = {"id": _("One of the ids is its own"), "amount": _("The same amount, about the same time")}
    return [
        {
            "url": page_of(found.payment),
            "name": found.payment.shop_transaction_id,
            "amount": amount(found.payment.amount, found.payment.currency),
            "chip": status_chip(found.payment.business_state),
            "at": found.payment.created_at,
            "why": why[found.why],
        }
        for found in candidates
        if may_see(user, found.payment.project_id)
    ]
