"""Run a Flow Manager's command about a subscription: the same services as for everybody else."""

from collections.abc import Mapping
from typing import Any

from paymenthub.kernel import db
from paymenthub.kernel.money import Money
from payments.domain.subscription import RunBy
from payments.models import FlowCommand, FlowStep, Subscription
from payments.selectors.subscription_list import find
from payments.services.results import Result
from payments.services.subscriptions.agree import SubscribeCommand
from payments.services.subscriptions.pay import PayLaterCommand, pay
from payments.services.subscriptions.start import SubscriptionOutcome, start
from providers.types import Interval

from .events import tell_consent
from .metadata import part
from .paying import pay_command

_CONSENT = "-authorization"
"""Behind the shop transaction id of the payment of 0 by which a customer consents."""


def subscribe(command: FlowCommand, provider_data: Mapping[str, Any]) -> None:
    """Schedule, start or charge a subscription, or ask its customer for consent; the outcome is told by whoever learns it.

    A start after a consent charges what was consented to. Raises as the services do.
    """
    step = FlowStep(command.step)
    if step is FlowStep.SUBSCRIPTION_AUTHORIZATION:
        _ask_for_consent(command, provider_data)
        return
    known = _consented(command)
    if step is FlowStep.SUBSCRIPTION_PAY:
        info = part(part(command.payload, "payRequestData"), "subscriptionInfo")
        token = str(info.get("token") or command.payload.get("subscriptionToken") or "")
        known = known or find(
            project=command.project, mode=command.mode, wire_id=token, provider=command.payload["provider"]
        )
    if known is not None:
        metadata = command.payload
        pay(
            PayLaterCommand(
                subscription_id=known.id,
                money=Money(metadata["amount"], metadata["currency"]),
                shop_transaction_id=metadata["shopTransactionId"],
                provider_data=provider_data,
                evidence=_evidence(command),
                flow_saga_id=command.saga_id,
            )
        )
        return
    run_by = RunBy.PROVIDER if step is FlowStep.SUBSCRIPTION_SCHEDULE else RunBy.SHOP
    start(_command(command, provider_data, run_by, flow_saga_id=command.saga_id))


def _ask_for_consent(command: FlowCommand, provider_data: Mapping[str, Any]) -> None:
    """Have the customer agree with a payment of 0, which belongs to the saga by this command alone."""
    told = start(_command(command, provider_data, RunBy.SHOP, consent=True))
    payment = told.payment
    if payment is None:
        return
    with db.durable():
        FlowCommand.objects.filter(pk=command.pk).update(payment=payment)
        command.payment = payment
        tell_consent(payment, told.attempt, saga_id=command.saga_id, error=_refusal(told))


def _refusal(told: SubscriptionOutcome) -> str:
    return told.description if told.result is Result.KO else ""


def _consented(command: FlowCommand) -> Subscription | None:
    """Return the subscription that an earlier command of the same saga had its customer agree to."""
    asked = FlowCommand.objects.filter(
        project=command.project,
        mode=command.mode,
        saga_id=command.saga_id,
        step=FlowStep.SUBSCRIPTION_AUTHORIZATION,
        payment__isnull=False,
    ).first()
    return Subscription.objects.filter(payments=asked.payment_id).first() if asked is not None else None


def _command(
    command: FlowCommand,
    provider_data: Mapping[str, Any],
    run_by: RunBy,
    *,
    flow_saga_id: str = "",
    consent: bool = False,
) -> SubscribeCommand:
    wish = pay_command(
        project=command.project,
        mode=command.mode,
        metadata=command.payload,
        provider_data=provider_data,
        evidence=_evidence(command),
    )
    info = part(part(command.payload, "payRequestData"), "subscriptionInfo")
    own_id = command.payload.get("shopSubscriptionId")
    return SubscribeCommand(
        project=wish.project,
        mode=wish.mode,
        provider=wish.provider,
        method=wish.method,
        money=wish.money,
        first_amount=0 if consent else None,
        shop_transaction_id=wish.shop_transaction_id + (_CONSENT if consent else ""),
        shop_subscription_id=own_id if isinstance(own_id, str) else "",
        interval=Interval(info["interval"]),
        interval_count=info.get("intervalCount") or 1,
        expires_after=info.get("expiresAfter"),
        success_redirect_url=wish.success_redirect_url,
        failure_redirect_url=wish.failure_redirect_url,
        description=wish.description,
        locale=wish.locale,
        buyer=wish.buyer,
        additional_data=wish.additional_data,
        provider_data=provider_data,
        run_by=run_by,
        evidence=wish.evidence,
        flow_saga_id=flow_saga_id,
    )


def _evidence(command: FlowCommand) -> str:
    return f"flow-command:{command.id.hex}"
