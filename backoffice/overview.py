"""What waits for a person: the counts of the first page."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from paymenthub.kernel import clock
from payments.domain.attempt import AttemptState
from payments.models import Attempt, OperatorItem

from .access import scoped
from .models import ApprovalState, RefundApproval


def open_items() -> int:
    """Count what was put before a person and is not resolved."""
    return OperatorItem.objects.filter(resolved_at=None).count()


def attempts_in_doubt() -> int:
    """Count the attempts of which nobody knows the outcome."""
    return Attempt.objects.filter(state=AttemptState.UNKNOWN).count()


def approvals_waiting(user: User | AnonymousUser) -> int | None:
    """Count the refunds that another person may approve and that wait; None where the person may not approve."""
    if not user.has_perm("backoffice.approve_refund"):
        return None
    rows = RefundApproval.objects.filter(state=ApprovalState.WAITING, expires_at__gt=clock.now())
    return scoped(rows.exclude(asked_by__username=user.get_username()), user, "project").count()


def index_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the counts and the pages that this user may see."""
    cards = []
    if request.user.has_perm("payments.view_operatoritem"):
        url = reverse("admin:payments_operatoritem_changelist")
        cards.append(("Open operator items", open_items(), url, "Each names the next step for a person."))
    if request.user.has_perm("payments.view_attempt"):
        url = reverse("admin:payments_attempt_changelist") + f"?state__exact={AttemptState.UNKNOWN}"
        cards.append(("Attempts in doubt", attempts_in_doubt(), url, "Sent, and the outcome is not known yet."))
    waiting = approvals_waiting(request.user)
    if waiting is not None:
        url = reverse("admin:backoffice_refundapproval_changelist") + "?state__exact=waiting"
        cards.append((_("Refunds to approve"), waiting, url, _("Each waits for a second person.")))
    groups = [
        {"title": group["title"], "pages": [item for item in group["items"] if item["has_permission"]]}
        for group in context["sidebar_navigation"]
    ]
    return {**context, "title": "Overview", "cards": cards, "groups": [group for group in groups if group["pages"]]}
