"""S22, S43: a late success is honoured; where the order was paid meanwhile, its refund is prepared and goes back to it."""

import pytest
from django.urls import reverse

from paymenthub.kernel import db
from payments import locks
from payments.domain.attempt import AttemptKind
from payments.models import Attempt, OperatorItem, Payment, Refund, Source
from payments.saga import commands
from payments.saga.change import Change
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.refund import RefundCommand, refund
from payments.verdicts.apply import Told, apply
from providers.types import Outcome
from tests import factories
from tests.backoffice import acting
from tests.scripted import payment
from tests.staff import make_staff

pytestmark = pytest.mark.django_db(transaction=True)
LATE = Told(Source.WEBHOOK, "evt_late")


def declined_then_paid_again(project, script) -> tuple[Payment, Payment]:
    script.pay = [payment(Outcome.DECLINED, id="psp_1"), payment(Outcome.SUCCEEDED, id="psp_2")]
    first = pay(factories.pay_command(project, shop_transaction_id="order-1")).payment
    second = pay(factories.pay_command(project, shop_transaction_id="order-1")).payment
    return first, second


def test_s22_a_late_success_of_an_order_that_was_paid_meanwhile_prepares_the_refund(project, account, script):
    first, second = declined_then_paid_again(project, script)
    attempt = first.attempts.get()

    apply(payment_id=first.id, attempt_id=attempt.id, news=payment(Outcome.SUCCEEDED, id="psp_1"), told=LATE)

    first.refresh_from_db()
    item = OperatorItem.objects.get()
    assert (first.captured, first.claimed_shop_transaction_id, item.kind) == (1299, None, "late_success")
    assert item.evidence["orderPaidBy"] == second.public_id
    assert item.evidence["preparedRefund"] == attempt.public_id
    assert "another payment has paid the order" in item.next_step


def test_a_late_success_of_an_order_that_nobody_else_paid_prepares_nothing(project, account, script):
    script.pay = [payment(Outcome.DECLINED, id="psp_1")]
    first = pay(factories.pay_command(project)).payment

    apply(
        payment_id=first.id,
        attempt_id=first.attempts.get().id,
        news=payment(Outcome.SUCCEEDED, id="psp_1"),
        told=LATE,
    )

    assert "preparedRefund" not in OperatorItem.objects.get().evidence


def second_winner(project, account, script) -> tuple[Payment, Attempt]:
    """A payment whose two attempts both took the money, the second one last."""
    script.pay = [payment(Outcome.SUCCEEDED, id="psp_1")]
    row = pay(factories.pay_command(project)).payment
    with db.durable():
        locked = locks.payment(row.id)
        change = Change(locked, source=Source.API)
        order = commands.Order(account=account, money=locked.money, method=locked.method)
        attempt = commands.write_attempt(change, AttemptKind.PAY, order)
        change.save()
    apply(payment_id=row.id, attempt_id=attempt.id, news=payment(Outcome.SUCCEEDED, id="psp_2"), told=LATE)
    row.refresh_from_db()
    return row, attempt


def test_the_prepared_refund_of_a_second_winner_goes_back_where_that_money_came_from(client, project, account, script):
    row, attempt = second_winner(project, account, script)
    item = OperatorItem.objects.get(kind="second_winner")
    ann = make_staff("ann", *acting.ALL)
    client.force_login(ann)
    script.refund = [acting.yes]

    page = client.get(reverse("admin:payments_operatoritem_change", args=[item.pk])).content.decode()
    url = f"{reverse('admin:payments_payment_act', args=[row.pk, 'refund'])}?attempt={attempt.pk}"
    assert url in page
    form = client.get(url)
    assert form.context["form"]["amount"].initial == "12.99"
    filled = {"token": form.context["token"], "amount": "12.99", "reason": "duplicate"}
    confirm = client.post(url, filled)
    client.post(url, {**filled, "token": confirm.context["token"], "confirmed": "1"})

    assert Refund.objects.get().capture_id == attempt.id
    [request] = [asked for what, _, asked in script.asked if what == "refund"]
    assert [reference.value for reference in request.references] == ["psp_2"]


def test_a_refund_without_a_choice_goes_back_to_the_winner(client, project, account, script):
    row, _ = second_winner(project, account, script)
    script.refund = [acting.yes]
    refund(RefundCommand(row, row.money), By())

    [request] = [asked for what, _, asked in script.asked if what == "refund"]
    assert [reference.value for reference in request.references] == ["psp_1"]
