"""From a saga's `notify` command to one mail: once, after commit (S46), and the saga hears how it ended."""

from typing import Any

import pytest
from django.core import mail as outbox
from django.db import transaction

from paymenthub.kernel import ids
from paymenthub.kernel.money import Money
from payments.models import (
    Mail,
    MailState,
    MailTemplate,
    MailTry,
    Payment,
    Project,
    ProviderAccount,
    SagaCommand,
    Source,
)
from payments.notifications import deliver as deliver_module
from payments.notifications import notify as module
from payments.notifications.deliver import deliver
from payments.notifications.envelope import unseal
from payments.notifications.notify import handle, notify
from payments.outbound.carry_out import carry_out
from payments.outbound.relay import Relay
from payments.saga.handlers import StepAnswer, StepCommand
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.refund import RefundCommand, refund
from providers.types import Outcome
from tests import factories, scripted
from tests.concurrency.race import together
from tests.payments.notifications.conftest import BUYER
from tests.scripted import Script


def tell(payment: Payment, label: str = "PAYMENT_EXECUTED", **metadata: Any) -> list[Mail]:
    return notify(payment_id=payment.id, label=label, command_id=ids.new_uuid(), metadata=metadata)


def do_everything() -> None:
    """What relay and workers do, until nothing is due."""
    for _ in range(5):
        for command in SagaCommand.objects.filter(state="due"):
            carry_out(command.id, tries=command.tries)
        for mail in Mail.objects.filter(state=MailState.DUE):
            deliver(mail.id, tries=mail.tries)


@pytest.mark.django_db
def test_a_payment_and_its_refunds_are_told_to_the_buyer_once_each(
    mails_on: None, project: Project, account: ProviderAccount, script: Script
) -> None:
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    script.refund = [
        lambda call, request: scripted.refund(Outcome.SUCCEEDED, request.money.amount, id=call.idempotency_key)
    ]
    payment = pay(factories.pay_command(project, buyer=BUYER, locale="de", description="Öl")).payment
    do_everything()
    by = By(Source.API, "test", "api_key:x", None)
    refund(RefundCommand(payment, Money(300, "EUR")), by)
    do_everything()
    payment.refresh_from_db()
    refund(RefundCommand(payment, Money(999, "EUR")), by)
    do_everything()

    subjects = [message.subject for message in outbox.outbox]
    assert subjects == [
        f"Zahlung erhalten: 12,99 € an {project.name}",
        f"Erstattung von {project.name}: 3,00 €",
        f"Erstattung von {project.name}: 9,99 €",
    ]
    assert "Insgesamt erstattet: 12,99\xa0€" in outbox.outbox[2].body
    assert {mail.state for mail in Mail.objects.all()} == {MailState.SENT}
    sent = payment.transitions.filter(event="notificationSent")
    assert [row.to_state for row in sent] == ["PAYMENT_EXECUTED", "PARTIALLY_REFUNDED", "TOTALLY_REFUNDED"]


@pytest.mark.django_db
def test_a_declined_payment_is_told_without_a_word_of_charging(
    mails_on: None, project: Project, account: ProviderAccount, script: Script
) -> None:
    script.pay = [scripted.payment(Outcome.DECLINED)]
    pay(factories.pay_command(project, buyer=BUYER))
    do_everything()
    (message,) = outbox.outbox
    assert message.subject == f"Your payment to {project.name} did not go through"


@pytest.mark.django_db(transaction=True)
def test_s46_nothing_is_written_or_sent_where_the_change_is_undone(
    mails_on: None, project: Project, account: ProviderAccount, script: Script
) -> None:
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    payment = pay(factories.pay_command(project, buyer=BUYER)).payment

    with transaction.atomic():
        assert tell(payment)
        transaction.set_rollback(True)

    assert Mail.objects.count() == 0
    assert outbox.outbox == []


@pytest.mark.django_db
def test_the_same_command_and_the_same_news_are_one_mail(mails_on: None, payment: Payment) -> None:
    command_id = ids.new_uuid()
    first = notify(payment_id=payment.id, label="PAYMENT_EXECUTED", command_id=command_id, metadata={})
    again = notify(payment_id=payment.id, label="PAYMENT_EXECUTED", command_id=command_id, metadata={})
    other = tell(payment)
    assert [row.pk for row in first] == [row.pk for row in again] == [row.pk for row in other]
    assert Mail.objects.get().version == "captured-1250"


@pytest.mark.django_db(transaction=True)
def test_s46_two_workers_at_the_same_mail_send_it_once(
    mails_on: None, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mail,) = tell(payment)
    results = together(*[lambda: deliver(mail.pk, tries=0)] * 4)
    assert len([made for made in results if made is not None]) == 1
    assert len(outbox.outbox) == 1
    assert MailTry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_claim_it_is_sent_more_than_once(
    mails_on: None, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mail,) = tell(payment)
    monkeypatch.setattr(deliver_module, "claim", lambda *_, **__: True)
    together(*[lambda: deliver(mail.pk, tries=0)] * 4)
    assert len(outbox.outbox) > 1


@pytest.mark.django_db(transaction=True)
def test_s46_two_workers_with_the_same_command_write_one_mail(mails_on: None, payment: Payment) -> None:
    results = together(*[lambda: tell(payment)] * 4)
    assert {mail.pk for mails in results for mail in mails} == {Mail.objects.get().pk}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("buyer", "over", "reason"),
    [
        ({}, {}, "buyer_without_address"),
        ({"email": "no address"}, {}, "buyer_without_address"),
        ({"email": "a@b.example\nBcc: c@d.example"}, {}, "buyer_without_address"),
        (BUYER, {"EMAIL_DISABLED_PROVIDERS": ["sandbox"]}, "provider_sends_its_own"),
    ],
)
def test_a_mail_that_is_not_sent_is_recorded_with_its_reason(
    mails_on: None, payment: Payment, settings: Any, buyer: dict[str, str], over: dict[str, Any], reason: str
) -> None:
    for name, value in over.items():
        setattr(settings, name, value)
    Payment.objects.filter(pk=payment.pk).update(buyer=buyer)
    (mail,) = tell(payment)
    assert (mail.state, mail.reason, mail.content_sealed) == (MailState.SKIPPED, reason, "")


@pytest.mark.django_db
def test_an_installation_without_a_sender_writes_nothing(payment: Payment) -> None:
    assert tell(payment) == []
    assert handle(_command(payment)) == StepAnswer()
    assert handle(_command(payment, is_side_effect=False)).event == "notificationFailed"
    assert Mail.objects.count() == 0


@pytest.mark.django_db
def test_an_sms_is_recorded_as_not_sent(mails_on: None, payment: Payment) -> None:
    Payment.objects.filter(pk=payment.pk).update(additional_data={"notificationChannels": ["sms", "email", "fax"]})
    email, sms = tell(payment)
    assert (email.channel, email.state) == ("email", MailState.DUE)
    assert (sms.channel, sms.state, sms.reason) == ("sms", MailState.SKIPPED, "no_sms_backend")


@pytest.mark.django_db
def test_the_link_of_a_pay_by_link_goes_out_and_the_saga_goes_on(mails_on: None, payment: Payment) -> None:
    Payment.objects.filter(pk=payment.pk).update(state="LINK_CREATED", captured=0, authorized=0)
    (mail,) = tell(payment, "PAY_BY_LINK", link="https://pay.example/l/abc")
    assert 'href="https://pay.example/l/abc"' in unseal(mail).html

    deliver(mail.pk, tries=0)

    payment.refresh_from_db()
    assert payment.state == "PAYMENT_PENDING"
    mail.refresh_from_db()
    assert mail.answered_at is not None


@pytest.mark.django_db
def test_a_link_that_could_not_be_sent_fails_no_payment(
    mails_on: None, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    Payment.objects.filter(pk=payment.pk).update(state="LINK_CREATED", captured=0, authorized=0)
    (mail,) = tell(payment, "PAY_BY_LINK", link="https://pay.example/l/abc")
    monkeypatch.setattr(deliver_module, "send", lambda message: deliver_module.Result(False, True, 550, "no"))

    deliver(mail.pk, tries=0)

    payment.refresh_from_db()
    assert payment.state == "LINK_CREATED"
    assert payment.transitions.get().event == "notificationFailed"


@pytest.mark.django_db
@pytest.mark.parametrize("link", ["", "javascript:alert(1)", "ftp://x"])
def test_a_link_mail_without_a_usable_link_is_not_sent(mails_on: None, payment: Payment, link: str) -> None:
    (mail,) = tell(payment, "PAY_BY_LINK", link=link)
    assert (mail.state, mail.reason) == (MailState.SKIPPED, "no_link")


@pytest.mark.django_db
def test_a_label_that_nobody_knows_is_the_name_of_the_projects_own_template(mails_on: None, payment: Payment) -> None:
    (mail,) = tell(payment, "PICKED_UP")
    assert (mail.state, mail.reason) == (MailState.SKIPPED, "no_template: There is no template «PICKED_UP».")
    MailTemplate.objects.create(
        project=payment.project,
        event="PICKED_UP",
        language="en",
        number=1,
        subject="Picked up: {{ order }}",
        html="<p>{{ greeting }} {{ order }}</p>",
        text="{{ order }}",
        author="marta",
    )
    (mail,) = tell(payment, "PICKED_UP")
    content = unseal(mail)
    assert (content.subject, content.text.splitlines()[3]) == ("Picked up: order-1", "order-1")
    assert mail.template == "project, version 1"


@pytest.mark.django_db
def test_the_relay_hands_due_mails_to_the_workers_and_takes_them_back_from_a_broker_that_is_away(
    mails_on: None, payment: Payment
) -> None:
    (mail,) = tell(payment)
    sent: list[Any] = []
    relay = Relay(send=lambda task, arguments: sent.append((task, arguments)))
    assert relay.tick() == 1
    assert sent == [("payments.send_mail", [str(mail.pk), 0])]
    assert relay.tick() == 0


def _command(payment: Payment, **over: Any) -> StepCommand:
    fields: dict[str, Any] = {
        "id": ids.new_uuid(),
        "payment_id": payment.id,
        "saga_id": payment.public_id,
        "channel": "notify",
        "label": "PAYMENT_EXECUTED",
        "metadata": {},
        "is_side_effect": True,
    }
    return StepCommand(**fields | over)


@pytest.mark.django_db
def test_a_state_whose_own_command_is_a_mail_is_answered(mails_on: None, payment: Payment) -> None:
    assert handle(_command(payment, is_side_effect=False)) == StepAnswer()
    deliver(Mail.objects.get().pk, tries=0)
    assert handle(_command(payment, is_side_effect=False)).event == module.SENT
    Payment.objects.filter(pk=payment.pk).update(buyer={}, captured=7)
    answer = handle(_command(payment, is_side_effect=False))
    assert (answer.event, answer.payload) == (module.FAILED, {"notificationError": "buyer_without_address"})
