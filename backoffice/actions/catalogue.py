"""All actions, and which of them one user is offered."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from .base import Action
from .calling import ResendCallbackAction
from .ending import CancelAction, ExpireAction
from .knowing import CheckAction, DecideAction, ResolveAction
from .mailing import ResendAction
from .money import CaptureAction, RefundAction
from .queue import LookAgainAction, NotOursAction, ReopenAction, RetryStepAction
from .subject import Subject
from .subscriptions import (
    AdvanceClockAction,
    CancelSubscriptionAction,
    PauseSubscriptionAction,
    ResumeSubscriptionAction,
)

ON_PAYMENTS: dict[str, Action] = {
    action.name.value: action
    for action in (CaptureAction(), RefundAction(), CancelAction(), ExpireAction(), CheckAction())
}
DECIDE: Action = DecideAction()
RESOLVE: Action = ResolveAction()
RESEND: Action = ResendAction()
RESEND_CALLBACK: Action = ResendCallbackAction()
REOPEN: Action = ReopenAction()
LOOK_AGAIN: Action = LookAgainAction()
NOT_OURS: Action = NotOursAction()
RETRY_STEP: Action = RetryStepAction()
ADVANCE_CLOCK: Action = AdvanceClockAction()
ON_SUBSCRIPTIONS: dict[str, Action] = {
    "cancel": CancelSubscriptionAction(),
    "pause": PauseSubscriptionAction(),
    "resume": ResumeSubscriptionAction(),
}


def may(user: User | AnonymousUser, action: Action, subject: Subject) -> bool:
    """Tell whether a user may do it."""
    return user.has_perms(action.permissions(subject))


def offered(user: User | AnonymousUser, subject: Subject) -> list[dict[str, Any]]:
    """List the actions on a payment that are possible now and that the user may do."""
    return [
        {
            "name": name,
            "verb": action.verb,
            "icon": action.icon,
            "dangerous": action.dangerous,
            "url": reverse("admin:payments_payment_act", args=[subject.paid.pk, name]),
        }
        for name, action in ON_PAYMENTS.items()
        if action.is_possible(subject) and may(user, action, subject)
    ]


def offered_on_subscription(user: User | AnonymousUser, subject: Subject) -> list[dict[str, Any]]:
    """List the actions on a subscription that are possible now and that the user may do."""
    assert subject.subscription is not None, "the subject is a subscription"  # noqa: S101 - by construction
    return [
        {
            "name": name,
            "verb": action.verb,
            "icon": action.icon,
            "dangerous": action.dangerous,
            "url": reverse("admin:payments_subscription_act", args=[subject.subscription.pk, name]),
        }
        for name, action in ON_SUBSCRIPTIONS.items()
        if action.is_possible(subject) and may(user, action, subject)
    ]
