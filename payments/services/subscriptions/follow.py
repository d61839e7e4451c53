"""Keep a subscription in step with its payments, inside the transaction of every change to one of them.

The payment's lock is held; the subscription's is taken after it. What is told to the order system is told here, once the
outcome is a fact: a renewal that was told as done is never told as failed.
"""

from paymenthub.kernel import clock
from payments import locks
from payments.domain.attempt import ENDED_WITHOUT_SUCCESS, SIGNING_UP, AttemptState, ItemKind, MovementKind
from payments.domain.dunning import after_decline
from payments.domain.subscription import EndReason, PeriodState, RunBy, State, Word
from payments.models import Attempt, Payment, Subscription, SubscriptionPeriod
from payments.saga import subscription as saga
from payments.saga.change import Change
from payments.saga.subscription import SubscriptionChange
from providers.types import Hardness, hardness_of

from ._schedule import dunning_days, look_again, now_of, set_next_date
from .ending import end

_PAID = (MovementKind.AUTHORIZED, MovementKind.CAPTURED)


def observe_change(change: Change) -> None:
    """Take in how a subscription's payment went, or that it waits for its customer."""
    payment = change.payment
    if payment.subscription_id is None or change.is_new:
        return
    paid = any(movement.kind in _PAID for movement in change.movements)
    ended = payment.claimed_shop_transaction_id is None and not payment.captured
    asks = any(attempt.state == AttemptState.PENDING and attempt.redirect_url for attempt in change.changed_attempts)
    if not (paid or ended or asks or change.token):
        return
    found = SubscriptionChange(
        locks.subscription(payment.subscription_id), change.source, evidence=change.evidence, actor=change.actor
    )
    number = payment.subscription_period
    period = None if number is None else found.subscription.periods.filter(number=number).first()
    if paid:
        _paid(found, payment, period, change)
    elif ended:
        _failed(found, payment, period, change)
    elif asks and period is not None and period.number > 1 and period.payment_id == payment.id:
        found.tell(Word.ACTION_REQUIRED, **_facts(period, payment))
    if paid or not found.subscription.token:
        _learn_token(found, payment, change)
    found.save()


def _paid(found: SubscriptionChange, payment: Payment, period: SubscriptionPeriod | None, change: Change) -> None:
    subscription = found.subscription
    if period is None:
        _another_method(found, payment, has_token=bool(change.token))
        return
    if period.state == PeriodState.PAID:
        if period.payment_id != payment.id:
            _paid_twice(found, payment, period, change)
        return
    was_ended = subscription.has_ended
    period.state, period.payment, period.decided_at = PeriodState.PAID, payment, clock.now()
    period.retry_at = None
    found.changed_periods.append(period)
    if payment.amount:
        subscription.payments_made += 1
    if was_ended:
        _charged_after_end(found, payment, period)
        return
    if not saga.payment_came(found, "paymentExecuted"):
        return
    subscription.paid_until_period = max(subscription.paid_until_period, period.number)
    subscription.period = max(subscription.period, period.number)
    subscription.dunning_step = 0
    if subscription.provider_account_id is None or (payment.in_checkout and change.token):
        _adopt(subscription, payment)
    now = now_of(subscription)
    if payment.amount and period.number == 1:
        subscription.charged_on = subscription.terms.today(now)
    set_next_date(subscription)
    look_again(subscription, now)
    found.tell(Word.ACTIVATED if period.number == 1 else Word.RENEWED, **_facts(period, payment))


def _failed(found: SubscriptionChange, payment: Payment, period: SubscriptionPeriod | None, change: Change) -> None:
    subscription = found.subscription
    if period is None or period.state != PeriodState.OPEN or period.payment_id != payment.id:
        return
    declined = [attempt for attempt in change.changed_attempts if attempt.state in ENDED_WITHOUT_SUCCESS]
    last = declined[-1] if declined else payment.attempts.order_by("-created_at").first()
    period.state, period.decided_at = PeriodState.PAST_DUE, clock.now()
    period.decline_reason, period.hardness = (last.decline_reason if last else ""), _hardness(payment, last)
    found.changed_periods.append(period)
    if subscription.has_ended or not saga.payment_came(found, "paymentFailed"):
        period.state = PeriodState.FAILED
        return
    now = now_of(subscription)
    if period.number == 1:
        period.state = PeriodState.FAILED
        end(found, EndReason.FIRST_PAYMENT, at=now, facts=_facts(period, payment))
        return
    if subscription.expire_requested:
        period.state = PeriodState.FAILED
        end(found, EndReason.REQUEST, at=now, facts=_facts(period, payment))
        return
    if subscription.run_by == RunBy.HUB and not _put_off(found, payment, period):
        return
    look_again(subscription, now, period)
    retry_on = None if period.retry_at is None else subscription.terms.today(period.retry_at).isoformat()
    found.tell(Word.PAST_DUE, **_facts(period, payment), nextTryOn=retry_on)


def _put_off(found: SubscriptionChange, payment: Payment, period: SubscriptionPeriod) -> bool:
    """Set when it is tried again; False where it is given up."""
    subscription, now = found.subscription, now_of(found.subscription)
    following = after_decline(
        Hardness(period.hardness),
        step=period.dunning_step,
        due_on=period.due_on,
        today=subscription.terms.today(now),
        ladder=dunning_days(),
    )
    if following.on is None:
        period.state = PeriodState.FAILED
        end(found, EndReason.DUNNING, at=now, facts=_facts(period, payment))
        return False
    period.retry_at = subscription.terms.due_at(following.on)
    if period.hardness == Hardness.NEEDS_CUSTOMER and period.dunning_step == 0:
        period.retry_at = now  # the customer is asked at once, and again on the ladder's days
    return True


def _hardness(payment: Payment, attempt: Attempt | None) -> Hardness:
    """Tell what a try that failed may do next; one that was never sent, or that only we are to blame for, is soft."""
    if payment.in_checkout:
        return Hardness.NEEDS_CUSTOMER  # the customer was asked and has not paid: no charge behind their back
    if attempt is None or attempt.state != AttemptState.DECLINED:
        return Hardness.SOFT
    return hardness_of(attempt.decline_reason, may_retry=attempt.may_retry)


def _paid_twice(found: SubscriptionChange, payment: Payment, period: SubscriptionPeriod, change: Change) -> None:
    """Put the second payment of one period before a person, where its own verdict has not done so as a late success."""
    if any(item.kind == ItemKind.LATE_SUCCESS for item in change.items):
        return
    found.ask_operator(
        ItemKind.SECOND_WINNER,
        about=payment.public_id,
        payment=payment,
        next_step="Another payment has paid this period of its subscription. Refund this one: the refund is prepared.",
        evidence={
            "period": period.number,
            "amount": payment.amount,
            "preparedRefund": payment.winning_attempt.public_id if payment.winning_attempt else "",
        },
    )


def _charged_after_end(found: SubscriptionChange, payment: Payment, period: SubscriptionPeriod) -> None:
    """Put a charge that came after the end before a person; given back by itself only where the project says so."""
    subscription = found.subscription
    saga.advance(found, "paymentExecuted")
    refunds = subscription.project.refunds_charge_after_cancel
    if refunds and payment.captured:
        period.refund_due_at = clock.now()
    winner = payment.winning_attempt.public_id if payment.winning_attempt else ""
    found.ask_operator(
        ItemKind.CHARGED_AFTER_CANCEL,
        about=payment.public_id,
        payment=payment,
        next_step=(
            "It was charged after its subscription had ended. It is being refunded, as the project's settings say."
            if refunds
            else "It was charged after its subscription had ended. Refund it, or tell the customer why it is due."
        ),
        evidence={"period": period.number, "amount": payment.amount, "preparedRefund": winner},
    )


def _another_method(found: SubscriptionChange, payment: Payment, *, has_token: bool) -> None:
    """Charge from now on what the customer has set up; what is past due is tried again at once.

    Without a token for it nothing changes: the old one's is worth nothing at the new account.
    """
    subscription = found.subscription
    if subscription.has_ended:
        return
    if not has_token:
        if payment.attempts.filter(kind__in=SIGNING_UP, state=AttemptState.SUCCEEDED).count() > 1:
            return  # a second winner: the first one was adopted, and the payment's own verdict asks a person
        found.ask_operator(
            ItemKind.SUBSCRIPTION_STUCK,
            about=payment.public_id,
            payment=payment,
            next_step="The provider named no token for the new method: the old one is still charged. Ask the provider.",
            evidence={"provider": payment.provider, "method": payment.method},
        )
        return
    _adopt(subscription, payment)
    now = now_of(subscription)
    if subscription.state == State.PAYMENT_FAILED:
        period = subscription.periods.get(number=subscription.period)
        period.hardness, period.retry_at = Hardness.SOFT, now
        found.changed_periods.append(period)
        look_again(subscription, now, period)
    saga.advance(found, "update")
    found.tell(Word.CHANGED, changed=["paymentMethod"])


def _adopt(subscription: Subscription, payment: Payment) -> None:
    subscription.provider, subscription.method = payment.provider, payment.method
    subscription.provider_account_id = payment.provider_account_id


def _learn_token(found: SubscriptionChange, payment: Payment, change: Change) -> None:
    """Keep the PSP's reference; a payment at another account than the subscription's brings none."""
    subscription = found.subscription
    if change.token and payment.provider_account_id == subscription.provider_account_id:
        subscription.token = change.token


def _facts(period: SubscriptionPeriod, payment: Payment) -> dict[str, object]:
    """What is told of a period with every event about it."""
    return {
        "period": period.number,
        "dueOn": period.due_on.isoformat(),
        "tries": period.dunning_step + 1,
        "paymentId": payment.wire_id,
        "hubPaymentId": payment.public_id,
        "shopTransactionId": payment.shop_transaction_id,
        "amount": payment.amount,
        "currency": payment.currency,
        "declineReason": period.decline_reason or None,
    }
