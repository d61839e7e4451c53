"""What waits for a person: the counts of the first page."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from payments.domain.attempt import AttemptState
from payments.models import Attempt, OperatorItem


def open_items() -> int:
    """Count what was put before a person and is not resolved."""
    return OperatorItem.objects.filter(resolved_at=None).count()


def attempts_in_doubt() -> int:
    """Count the attempts of which nobody knows the outcome."""
    return Attempt.objects.filter(state=AttemptState.UNKNOWN).count()


def index_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the counts and the pages that this user may see."""
    cards = []
    if request.user.has_perm("payments.view_operatoritem"):
        url = reverse("admin:payments_operatoritem_changelist")
        cards.append(("Open operator items", open_items(), url, "Each names the next step for a person."))
    if request.user.has_perm("payments.view_attempt"):
        url = reverse("admin:payments_attempt_changelist") + f"?state__exact={AttemptState.UNKNOWN}"
        cards.append(("Attempts in doubt", attempts_in_doubt(), url, "Sent, and the outcome is not known yet."))
    groups = [
        {"title": group["title"], "pages": [item for item in group["items"] if item["has_permission"]]}
        for group in context["sidebar_navigation"]
    ]
    return {**context, "title": "Overview", "cards": cards, "groups": [group for group in groups if group["pages"]]}
