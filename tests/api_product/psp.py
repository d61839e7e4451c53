"""A PSP whose mood depends on the amount, so that a fuzzer meets every outcome and finds it again."""

from dataclasses import replace
from typing import Any

from paymenthub.kernel import ids
from payments.domain.attempt import AttemptState
from payments.models import Attempt
from providers.errors import AuthFailed, OutcomeUnknown, Rejected, Unavailable
from providers.port import Call
from providers.types import (
    Action,
    Decline,
    DeclineReason,
    Interval,
    Outcome,
    Reference,
    Subject,
    SubscriptionState,
    SubscriptionStatus,
    Verdict,
)
from tests.scripted import ScriptedDriver


class MoodyDriver(ScriptedDriver):
    """Answers by the last digit of the amount; `fetch` says that what was sent has succeeded."""

    code = "moody"
    display_name = "Moody"
    currencies = None
    intervals = frozenset(Interval)

    def pay(self, call: Call, request: Any) -> Verdict:
        return _by_mood(Subject.PAYMENT, Outcome.SUCCEEDED, call, request)

    def authorize(self, call: Call, request: Any) -> Verdict:
        return _by_mood(Subject.PAYMENT, Outcome.AUTHORIZED, call, request)

    def capture(self, call: Call, request: Any) -> Verdict:
        return _by_mood(Subject.CAPTURE, Outcome.SUCCEEDED, call, request)

    def refund(self, call: Call, request: Any) -> Verdict:
        return _by_mood(Subject.REFUND, Outcome.SUCCEEDED, call, request)

    def cancel(self, call: Call, request: Any) -> Verdict:
        return _verdict(Subject.CANCEL, Outcome.CANCELLED, call, request)

    def expire(self, call: Call, request: Any) -> Verdict:
        return _verdict(Subject.CANCEL, Outcome.EXPIRED, call, request)

    def link_create(self, call: Call, request: Any) -> Verdict:
        return _verdict(Subject.PAYMENT, Outcome.ACTION_REQUIRED, call, request)

    def link_expire(self, call: Call, request: Any) -> Verdict:
        return _verdict(Subject.CANCEL, Outcome.EXPIRED, call, request)

    def subscription_schedule(self, call: Call, request: Any) -> Verdict:
        return self.subscription_start(call, request)

    def subscription_start(self, call: Call, request: Any) -> Verdict:
        paid = _by_mood(Subject.PAYMENT, Outcome.SUCCEEDED, call, request.pay)
        return replace(paid, subscription=SubscriptionState(f"tok-{call.attempt_reference}", SubscriptionStatus.ACTIVE))

    def subscription_pay(self, call: Call, request: Any) -> Verdict:
        return _by_mood(Subject.PAYMENT, Outcome.SUCCEEDED, call, request.pay)

    def subscription_update(self, call: Call, request: Any) -> Verdict:
        return _running(request, SubscriptionStatus.ACTIVE)

    def subscription_fetch(self, call: Call, request: Any) -> tuple[Verdict, ...]:
        return (_running(request, SubscriptionStatus.ACTIVE),)

    def subscription_expire(self, call: Call, request: Any) -> Verdict:
        return _running(request, SubscriptionStatus.CANCELED)

    def fetch(self, call: Call, request: Any) -> tuple[Verdict, ...]:
        attempt = Attempt.objects.get(pk=ids.parse_public_id(ids.ATTEMPT, call.attempt_reference))
        if attempt.state == AttemptState.OPEN:
            raise Unavailable("away")
        return (_verdict(Subject.PAYMENT, Outcome.SUCCEEDED, call, request),)


def _running(request: Any, status: SubscriptionStatus) -> Verdict:
    return Verdict(Subject.SUBSCRIPTION, Outcome.SUCCEEDED, subscription=SubscriptionState(request.token, status))


def _by_mood(subject: Subject, success: Outcome, call: Call, request: Any) -> Verdict:
    match request.money.amount % 10:
        case 1:
            return _verdict(subject, Outcome.DECLINED, call, request)
        case 2:
            return _verdict(subject, Outcome.PENDING, call, request)
        case 3 if subject is Subject.PAYMENT:
            return _verdict(subject, Outcome.ACTION_REQUIRED, call, request)
        case 4:
            raise OutcomeUnknown("timeout")
        case 5:
            raise Unavailable("refused")
        case 6:
            raise Rejected("bad request")
        case 7:
            raise AuthFailed("bad key")
        case 8:
            raise ValueError("a bug in a driver")
    return _verdict(subject, success, call, request)


def _verdict(subject: Subject, outcome: Outcome, call: Call, request: Any) -> Verdict:
    more: dict[str, Any] = {}
    if outcome is Outcome.DECLINED:
        more["decline"] = Decline(DeclineReason.INSUFFICIENT_FUNDS, code="51")
    if outcome is Outcome.ACTION_REQUIRED:
        more["action"] = Action(redirect_url="https://psp.test/checkout/1")
    reference = Reference(subject.value, f"psp-{subject.value}-{call.attempt_reference}")
    return Verdict(subject, outcome, request.money, references=(reference,), **more)
