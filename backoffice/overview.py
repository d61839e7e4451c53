"""What waits for a person: the counts of the first page."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.urls import reverse

from backoffice.access import scoped
from payments.domain.attempt import AttemptState
from payments.models import Attempt, OperatorItem


def open_items(user: User | AnonymousUser) -> int:
    """Count what was put before a person and is not resolved."""
    return scoped(OperatorItem.objects.filter(resolved_at=None), user, "project").count()


def attempts_in_doubt(user: User | AnonymousUser) -> int:
    """Count the attempts of which nobody knows the outcome."""
    return scoped(Attempt.objects.filter(state=AttemptState.UNKNOWN), user, "project").count()


def index_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the counts and the pages that this user may see."""
    cards = []
    if request.user.has_perm("payments.view_operatoritem"):
        url = reverse("admin:payments_operatoritem_changelist")
        cards.append(("Open operator items", open_items(request.user), url, "Each names the next step for a person."))
    if request.user.has_perm("payments.view_attempt"):
        url = reverse("admin:payments_attempt_changelist") + f"?state__exact={AttemptState.UNKNOWN}"
        cards.append(
            ("Attempts in doubt", attempts_in_doubt(request.user), url, "Sent, and the outcome is not known yet.")
        )
    groups = [
        {"title": group["title"], "pages": [item for item in group["items"] if item["has_permission"]]}
        for group in context["sidebar_navigation"]
    ]
    return {**context, "title": "Overview", "cards": cards, "groups": [group for group in groups if group["pages"]]}
