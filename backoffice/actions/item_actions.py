"""What a user is offered on the page of an operator item."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from backoffice.payment_page import subject_of
from paymenthub.kernel import ids
from payments.models import AuditAction, OperatorItem

from . import catalogue
from .base import Action
from .subject import Subject


def item_actions(user: User | AnonymousUser, item: OperatorItem) -> list[dict[str, Any]]:
    """List what may be done about an open item: what its payment allows, the decision it may ask for, resolving it."""
    if item.resolved_at is not None:
        url = reverse("admin:payments_operatoritem_reopen", args=[item.pk])
        may = catalogue.may(user, catalogue.REOPEN, Subject(item.payment, item=item))
        return [_button(catalogue.REOPEN, url)] if may else []
    found = []
    if item.payment is not None and user.has_perm("payments.view_payment"):
        subject = subject_of(item.payment)
        found += [_prepared(button, item) for button in catalogue.offered(user, subject)]
        found += [
            _button(catalogue.DECIDE, reverse("admin:payments_payment_decide", args=[item.payment.pk, attempt.pk]))
            for attempt in subject.possible.in_doubt
            if attempt.public_id == item.about and catalogue.may(user, catalogue.DECIDE, subject)
        ]
    if catalogue.may(user, catalogue.RESOLVE, Subject(item.payment, item=item)):
        found.append(_button(catalogue.RESOLVE, reverse("admin:payments_operatoritem_resolve", args=[item.pk])))
    return found


def _prepared(button: dict[str, Any], item: OperatorItem) -> dict[str, Any]:
    """Lead to the refund that the item prepares, where it does: of that attempt's money."""
    attempt = ids.parse_public_id(ids.ATTEMPT, str(item.evidence.get("preparedRefund", "")))
    if attempt is None or button["name"] != AuditAction.REFUND.value:
        return button
    return {**button, "url": f"{button['url']}?attempt={attempt}"}


def _button(action: Action, url: str) -> dict[str, Any]:
    return {
        "name": action.name.value,
        "verb": action.verb,
        "icon": action.icon,
        "dangerous": action.dangerous,
        "url": url,
    }
