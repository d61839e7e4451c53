"""Rows that the tests of the backoffice begin with: plain inserts, valid by default."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from paymenthub.kernel import clock, ids
from payments.models import (
    ApiKey,
    Attempt,
    AuditEntry,
    BusDeadLetter,
    BusMessage,
    BusReceipt,
    CheckoutRule,
    Delivery,
    DeliveryTry,
    FlowCommand,
    FlowEvent,
    FlowSaga,
    GuardTrip,
    InboxMessage,
    MachineDefinition,
    Mail,
    MailAudience,
    MailProfile,
    MailTemplate,
    MethodLimit,
    Movement,
    OperatorItem,
    OrderIntent,
    OutboxEvent,
    Payment,
    PaymentLink,
    Project,
    ProjectBranding,
    ProviderAccount,
    PspReference,
    Refund,
    SagaCommand,
    Subscription,
    SubscriptionPeriod,
    SubscriptionTransition,
    Transition,
    WebhookEndpoint,
)
from payments.notifications.envelope import Content
from payments.notifications.queue import About, Key, queue
from tests import factories
from tests.factories import notification

MACHINE_FILE = Path(__file__).parents[2] / "payments/saga/machines/payment.json"
START = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
HOSTILE = '<script>alert("x")</script>'
SECRET = "sk_test_never_to_be_seen"


def at(seconds: float) -> dt.datetime:
    """Return a moment so many seconds after the start of the story."""
    return START + dt.timedelta(seconds=seconds)


def make_account(project: Project, **over: Any) -> ProviderAccount:
    """Make a sandbox account whose settings hold SECRET."""
    config = {"base_url": "http://127.0.0.1:9100", "api_key": SECRET, "webhook_secret": SECRET}
    return factories.make_account(project, config=config, **{"provider": "sandbox"} | over)


def make_payment(account: ProviderAccount, **over: Any) -> Payment:
    """Make a payment that waits."""
    shop_id = over.pop("shop_transaction_id", f"order-{ids.new_uuid().hex[-8:]}")
    fields: dict[str, Any] = {
        "project": account.project,
        "mode": account.mode,
        "shop_transaction_id": shop_id,
        "claimed_shop_transaction_id": shop_id,
        "amount": 12990,
        "currency": "EUR",
        "provider": account.provider,
        "method": "credit-cards",
        "provider_account": account,
        "state": "PAYMENT_PENDING",
        "machine": "payment",
        "machine_version": 1,
        "business_state": 0,
        "created_at": START,
    }
    return Payment.objects.create(**fields | over)


def make_attempt(payment: Payment, state: str, **over: Any) -> Attempt:
    """Make an attempt of the whole amount."""
    fields: dict[str, Any] = {
        "project": payment.project,
        "payment": payment,
        "provider_account": payment.provider_account,
        "kind": "pay",
        "method": payment.method,
        "amount": payment.amount,
        "currency": payment.currency,
        "idempotency_key": ids.new_uuid().hex,
        "state": state,
        "created_at": at(1),
    }
    return Attempt.objects.create(**fields | over)


def make_transition(payment: Payment, number: int, event: str, to: str, **over: Any) -> Transition:
    """Make one step of the payment's history."""
    fields: dict[str, Any] = {
        "project": payment.project,
        "payment": payment,
        "number": number,
        "event": event,
        "from_state": "",
        "to_state": to,
        "business_state": 0,
        "source": "api",
        "created_at": at(number),
    }
    return Transition.objects.create(**fields | over)


def make_step(payment: Payment) -> SagaCommand:
    """Make a step that was given up, with all that is hostile in it."""
    return SagaCommand.objects.create(
        project=payment.project,
        payment=payment,
        transition_number=1,
        position=0,
        channel="fraudCheck",
        label=HOSTILE,
        is_side_effect=False,
        state="failed",
        tries=1,
        last_error=HOSTILE,
        log=[{"try": 1, "error": HOSTILE}],
    )


def make_delivery(payment: Payment, *statuses: int | None, **over: Any) -> Delivery:
    """Make a callback with a try for each status; None is no answer."""
    payment.sequence += 1
    payment.save()
    event = OutboxEvent.objects.create(
        project=payment.project,
        payment=payment,
        mode=payment.mode,
        sequence=payment.sequence,
        type="payment.captured",
        body={"status": "ACCEPTED", "note": HOSTILE},
    )
    fields = {"url": "https://shop.example/in?token=never-shown", "tries": len(statuses), "created_at": at(60)}
    delivery = Delivery.objects.create(project=payment.project, event=event, **fields | over)
    for number, status in enumerate(statuses, 1):
        DeliveryTry.objects.create(
            delivery=delivery,
            number=number,
            status=status,
            error="" if status else "connect_timeout",
            elapsed_ms=12,
            response=HOSTILE,
            created_at=at(60 + number),
        )
    return delivery


def make_notification(payment: Payment, **over: Any) -> InboxMessage:
    """Make a notification that was understood."""
    fields: dict[str, Any] = {
        "project": payment.project,
        "provider_account": payment.provider_account,
        "payment": payment,
        "event_key": ids.new_uuid().hex,
        "event_type": "payment.captured",
        "body": b'{"id": "ev_1", "text": "<script>alert(3)</script>", "api_key": "sk_test_never_to_be_seen"}',
        "headers": {"authorization": f"Bearer {SECRET}", "x-note": HOSTILE},
        "path": f"/c/{payment.provider_account.webhook_token}",
        "state": "done",
        "created_at": at(50),
    }
    message = notification(**fields | over)
    message.save()
    return message


def make_story(account: ProviderAccount, **over: Any) -> Payment:
    """Make a payment with one of everything, hostile text wherever somebody else may write."""
    payment = make_payment(
        account,
        **{
            "buyer": {"name": HOSTILE, "email": "buyer@example.com"},
            "description": HOSTILE,
            "additional_data": {"basket": HOSTILE},
            "business_state": 1,
            "authorized": 12990,
            "captured": 12990,
            "provider_payment_id": f"sp_{ids.new_uuid().hex[-8:]}",
        }
        | over,
    )
    exchange = {
        "method": "POST",
        "url": "http://127.0.0.1:9100/payments",
        "request_headers": {"Authorization": "***"},
        "request_body": '{"amount": 12990}',
        "status": 200,
        "response_headers": {},
        "response_body": HOSTILE,
        "elapsed_ms": 88,
        "error": None,
    }
    attempt = make_attempt(
        payment,
        "SUCCEEDED",
        decided_at=at(51),
        exchanges=[exchange],
        redirect_url="http://127.0.0.1:9100/pay/never-shown",
        decline_message=HOSTILE,
    )
    make_transition(payment, 1, "paymentCreated", "PAYMENT_CREATED", actor=HOSTILE)
    make_notification(payment)
    make_delivery(payment, 500, None, 200, state="delivered")
    Movement.objects.create(
        project=payment.project,
        payment=payment,
        kind="captured",
        amount=12990,
        currency="EUR",
        evidence=f"attempt:{attempt.id.hex}",
        occurred_at=at(51),
    )
    PspReference.objects.create(
        project=payment.project,
        provider_account=account,
        payment=payment,
        attempt=attempt,
        kind="payment",
        value=payment.provider_payment_id,
    )
    OperatorItem.objects.create(
        project=payment.project,
        payment=payment,
        kind="external_refund",
        about=f"re_{payment.id.hex}",
        next_step=HOSTILE,
        evidence={"text": HOSTILE},
        created_at=at(70),
    )
    return payment


def make_refund(payment: Payment, **over: Any) -> Refund:
    """Make a refund that an operator asked for, with hostile words."""
    fields: dict[str, Any] = {
        "project": payment.project,
        "payment": payment,
        "amount": 100,
        "currency": payment.currency,
        "state": "failed",
        "reason": "returned",
        "note": HOSTILE,
        "actor": HOSTILE,
        "created_at": at(71),
    }
    return Refund.objects.create(**fields | over)


def make_audit(payment: Payment, **over: Any) -> AuditEntry:
    """Make an action that was refused, with hostile words."""
    fields: dict[str, Any] = {
        "project": payment.project,
        "payment": payment,
        "object_id": payment.id,
        "action": "capture",
        "actor": HOSTILE,
        "address": "192.0.2.7",
        "note": HOSTILE,
        "outcome": "refused",
        "message": HOSTILE,
        "details": {"code": "wrong_state", "state": HOSTILE},
        "before": {"state": HOSTILE, "captured": 12990, "currency": "EUR"},
        "created_at": at(72),
    }
    return AuditEntry.objects.create(**fields | over)


def make_mail(payment: Payment) -> Mail:
    """Make a mail that is due, with hostile content."""
    content = Content("pay@shop.example", ("ada@example.com",), HOSTILE, HOSTILE, HOSTILE)
    about = About(project=payment.project, mode=payment.mode, audience=MailAudience.CUSTOMER, payment=payment)
    key = Key(event="payment_paid", object_id=payment.id.hex, version="captured-12990")
    return queue(key, about, content, language="it", template="hub")


def make_mail_configuration(project: Project) -> None:
    """Make a template and mail settings, with hostile words."""
    MailTemplate.objects.create(
        project=project,
        event="own",
        language="en",
        number=1,
        subject=HOSTILE,
        html=HOSTILE,
        text=HOSTILE,
        author=HOSTILE,
    )
    MailProfile.objects.create(project=project, sender=f"{HOSTILE} <a@b.example>")


def make_branding(project: Project) -> None:
    """Make a look, with hostile words."""
    ProjectBranding.objects.create(
        project=project, display_name=HOSTILE[:64], support=HOSTILE, texts={"en": {"checkout.title": HOSTILE}}
    )


def make_order(payment: Payment) -> OrderIntent:
    """Make an order that failed, with a message from the bus and one for it, and all that is hostile in them."""
    intent = OrderIntent.objects.create(
        project=payment.project,
        mode=payment.mode,
        cart_id=ids.new_uuid(),
        order_id=ids.new_uuid(),
        amount=12990,
        currency="EUR",
        payment=payment,
        status="FAILED",
        failure="CARD_DECLINED",
        failure_detail=HOSTILE,
    )
    shared: dict[str, Any] = {"project": payment.project, "mode": payment.mode, "data": {"note": HOSTILE}}
    BusReceipt.objects.create(
        **shared,
        source=HOSTILE,
        message_id="1",
        digest="0" * 64,
        type="capture-payment",
        intent=intent,
        state="done",
        outcome=HOSTILE,
    )
    BusMessage.objects.create(
        **shared, subject=intent.id, number=1, once_key="failed", type="payment.failed", next_try_at=START
    )
    return intent


def make_link(payment: Payment, *, code: str = "code-of-a-link") -> PaymentLink:
    link = PaymentLink.objects.create(
        project=payment.project,
        mode="test",
        code=code,
        shop_transaction_id="link-1",
        amount=1299,
        currency="EUR",
        description=HOSTILE,
        buyer={"name": HOSTILE},
    )
    Payment.objects.filter(pk=payment.pk).update(link_id=link.pk)
    return link


def make_subscription(payment: Payment) -> Subscription:
    """Make one with hostile words, whose first period the payment paid."""
    row = Subscription.objects.create(
        project=payment.project,
        mode="test",
        shop_subscription_id=HOSTILE,
        shop_transaction_id=payment.shop_transaction_id,
        provider=payment.provider,
        method=payment.method,
        provider_account=payment.provider_account,
        token="token-1",
        run_by="hub",
        amount=1299,
        currency="EUR",
        interval="MONTH",
        anchor_on=START.date(),
        anchor_day=START.day,
        renew_time=START.time(),
        timezone="Europe/Rome",
        state="ACTIVE",
        business_state=1,
        machine="subscription",
        machine_version=1,
        period=1,
        description=HOSTILE,
        buyer={"name": HOSTILE},
        additional_data={"note": HOSTILE},
    )
    shared: dict[str, Any] = {"project": payment.project, "subscription": row, "number": 1}
    SubscriptionPeriod.objects.create(
        **shared, due_on=START.date(), amount=1299, currency="EUR", state="paid", payment=payment
    )
    SubscriptionTransition.objects.create(
        **shared,
        event=HOSTILE,
        from_state="PAYMENT_PENDING",
        to_state=row.state,
        business_state=row.business_state,
        source="psp",
        actor=HOSTILE,
    )
    return row


def make_dead_letter() -> BusDeadLetter:
    """Make a dead letter with hostile words, and a sealed body."""
    return BusDeadLetter.objects.create(
        queue=HOSTILE,
        type=HOSTILE,
        reason=HOSTILE,
        headers={"x": HOSTILE},
        body_sealed="v1.sealed",
        size=9,
        digest=ids.new_uuid().hex,
    )


def make_flow(payment: Payment) -> None:
    """Make a saga of somebody else's, a command and an event, with hostile words."""
    shared: dict[str, Any] = {"project": payment.project, "mode": payment.mode}
    FlowSaga.objects.create(**shared, associated_entity_id=HOSTILE, metadata={"note": HOSTILE})
    shared |= {"saga_id": HOSTILE, "label": HOSTILE, "payload": {"note": HOSTILE}, "payment": payment, "error": HOSTILE}
    FlowCommand.objects.create(**shared, step="pay", actor=HOSTILE)
    FlowEvent.objects.create(**shared, number=1)


def make_checkout(account: ProviderAccount) -> None:
    """Make a rule with hostile words, limits of a method, and a tripped guard."""
    project = account.project
    condition = {"key": "/a", "operator": "equals", "value": HOSTILE}
    definition = {"rules": [condition], "response": [{"provider": "sandbox", "paymentMethod": "wallet"}]}
    CheckoutRule.objects.create(
        project=project, mode="test", rule_id="web", type="paymentMethods", priority=1, definition=definition
    )
    MethodLimit.objects.create(account=account, method=account.methods[0], amounts={"EUR": {"min": 100}})
    until = clock.now() + dt.timedelta(minutes=5)
    GuardTrip.objects.create(
        project=project, mode="test", subject="ip:192.0.2.1", tripped_at=START, until=until, evidence={"note": HOSTILE}
    )


def make_configuration(project: Project) -> None:
    """Make a key and an endpoint, and give the project a sealed secret."""
    ApiKey.objects.create(
        project=project, mode="test", name="shop", shown="phk_test_ab12", secret_hash="5e" * 32, scopes=["payments"]
    )
    WebhookEndpoint.objects.create(
        project=project,
        mode="test",
        url="https://erp.example/in?token=never-shown",
        secrets_sealed="v1.sealed.endpoint",
    )
    project.callback_secrets_sealed = "v1.sealed.project"
    project.active_machine = make_machine(project)
    project.save()


def make_machine(project: Project, *, file: Path = MACHINE_FILE) -> MachineDefinition:
    """Make a machine with markup in its words and a secret in its headers, as if it had been installed."""
    definition = json.loads(file.read_text(encoding="utf-8"))
    definition["states"][0]["description"] = "<script>alert(1)</script>"
    configurations = {
        "protocol": "https",
        "endpoint": "erp.example",
        "method": "POST",
        "headers": {"x-shop": "never-shown"},
    }
    definition["communicationProtocols"] = [{"id": "ship", "type": "rest", "configurations": configurations}]
    return MachineDefinition.objects.create(
        project=project,
        name=f"shop@{project.id.hex[-12:]}",
        version=1,
        definition=definition,
        checksum="0" * 64,
        installed_by="ada",
    )
