"""Links that a provider makes: written down first, made once, paid later, ended at the provider."""

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.errors import Conflict, DuplicateTransaction, NotFound
from payments.attempts import reconcile
from payments.domain.attempt import AttemptKind, AttemptState, ItemKind
from payments.models import Attempt, Mail, OperatorItem, OutboxEvent, Payment, PaymentType, SagaCommand
from payments.outbound.carry_out import carry_out
from payments.selectors import ledger
from payments.services.cancel import cancel, expire
from payments.services.expire_due import BY_TIME
from payments.services.pay import pay
from payments.services.pay_by_link import link_of, pay_by_link
from payments.services.results import Result
from providers.errors import OutcomeUnknown, Rejected, Unavailable
from providers.types import Action, Outcome, Reference, Subject, Verdict
from tests import factories
from tests.payments.api.conftest import OrderSystem, error_of, shop  # noqa: F401 - a fixture
from tests.payments.notifications.conftest import mails_on  # noqa: F401 - a fixture
from tests.scripted import ScriptedDriver, payment

pytestmark = pytest.mark.django_db(transaction=True)

URL = "https://psp.test/l/1"


def made(**over) -> Verdict:
    return Verdict(
        Subject.PAYMENT,
        Outcome.ACTION_REQUIRED,
        references=(Reference("link", "sl_1"),),
        **{"action": Action(redirect_url=URL)} | over,
    )


def paid(**over) -> Verdict:
    return payment(Outcome.SUCCEEDED, id="psp_9", **over)


def asked_again(attempt_id) -> None:
    """Let the reconciler ask about it."""
    Attempt.objects.filter(pk=attempt_id).update(next_check_at=clock.now())
    for due in reconcile.due():
        reconcile.poll(due)


def balanced() -> bool:
    return ledger.find(list(Payment.objects.values_list("pk", flat=True))) == []


def test_a_link_is_made_once_and_answered_with_both_names_of_the_result(project, account, script, shop):  # noqa: F811
    script.link_create = [made()]
    body = {"amount": 1299, "currency": "EUR", "shopTransactionId": "order-1"}

    first, again = shop.post("/v3/scripted/pay-by-link", body), shop.post("/scripted/pay-by-link", body)

    assert first.status_code == 200
    row = Payment.objects.get()
    assert first.json() == {
        "result": "OK",
        "resultCode": "OK",
        "resultDescription": "The link is made. Its outcome comes by callback.",
        "paymentId": "sl_1",
        "link": URL,
        "metadata": {"hubPaymentId": row.public_id, "state": "LINK_CREATED"},
    }
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert (row.type, row.method, row.state) == (PaymentType.PAY_BY_LINK, "", "LINK_CREATED")
    assert script.count("link_create") == 1
    _, call, request = script.asked[0]
    attempt = row.attempts.get()
    assert (attempt.kind, attempt.state) == (AttemptKind.LINK, AttemptState.PENDING)
    assert (call.idempotency_key, call.attempt_reference) == (f"ph-{attempt.id.hex}", attempt.public_id)
    assert (request.money.amount, request.method, request.shop_reference) == (1299, "", "order-1")


def test_a_link_of_one_method_is_another_content_than_one_of_all_and_than_a_payment(project, account, script):
    script.link_create, script.pay = [made()], [paid()]
    command = factories.pay_command(project, method="credit-cards")
    pay_by_link(command)

    assert script.asked[0][2].method == "credit-cards"
    with pytest.raises(DuplicateTransaction):
        pay_by_link(factories.pay_command(project, method="", shop_transaction_id=command.shop_transaction_id))
    with pytest.raises(DuplicateTransaction):
        pay(command)
    assert script.count("pay") == 0


def test_a_provider_without_links_is_501_and_nothing_is_stored(project, account, script, monkeypatch, shop):  # noqa: F811
    monkeypatch.setattr(
        ScriptedDriver, "operations", frozenset({o for o in ScriptedDriver.operations if "link" not in o})
    )

    answer = shop.post("/scripted/pay-by-link", {"amount": 5, "currency": "EUR", "shopTransactionId": "o"})

    assert error_of(answer)[:2] == (501, "unsupported_operation")
    assert not Payment.objects.exists()


def test_a_method_that_the_account_lacks_is_404(project, account, script):
    with pytest.raises(NotFound):
        pay_by_link(factories.pay_command(project, method="wallet"))
    assert not Payment.objects.exists()


def test_the_attempt_is_committed_before_the_provider_is_asked(project, account, script):
    seen: list[tuple[str, str]] = []
    script.link_create = [lambda call, _: (seen.extend(Attempt.objects.values_list("kind", "state")), made())[1]]

    pay_by_link(factories.pay_command(project, method=""))

    assert seen == [("link_create", "OPEN")]


def test_s1_an_unknown_outcome_is_pending_and_asked_about_and_never_made_under_a_second_key(project, account, script):
    script.link_create = [OutcomeUnknown("read timeout")]
    script.fetch = [made()]
    command = factories.pay_command(project, method="")

    first, second = link_of(pay_by_link(command)), link_of(pay_by_link(command))
    assert (first.result, first.link) == (second.result, second.link) == (Result.PENDING, "")
    assert (script.count("link_create"), first.payment.state) == (1, "LINK_REQUESTED")
    attempt = Attempt.objects.get()
    assert attempt.state == AttemptState.UNKNOWN

    asked_again(attempt.id)

    known = link_of(pay_by_link(command))
    assert (known.result, known.link, known.payment.state) == (Result.OK, URL, "LINK_CREATED")
    assert script.count("link_create") == 1


def test_s2_what_the_provider_never_saw_is_sent_again_with_its_own_key(project, account, script):
    script.link_create = [OutcomeUnknown("reset"), made()]
    script.fetch = [Verdict(Subject.PAYMENT, Outcome.NOT_FOUND)]
    command = factories.pay_command(project, method="")
    pay_by_link(command)

    asked_again(Attempt.objects.get().id)

    keys = [call.idempotency_key for what, call, _ in script.asked if what == "link_create"]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert link_of(pay_by_link(command)).link == URL


def test_a_link_that_was_surely_not_asked_for_is_asked_for_by_the_same_request(project, account, script, shop):  # noqa: F811
    script.link_create = [Unavailable("refused"), made()]
    body = {"amount": 1299, "currency": "EUR", "shopTransactionId": "order-1"}

    assert error_of(shop.post("/scripted/pay-by-link", body))[:2] == (503, "provider_unavailable")
    assert shop.post("/scripted/pay-by-link", body).json()["link"] == URL

    keys = [call.idempotency_key for _, call, _ in script.asked]
    assert keys[0] == keys[1]


def test_a_refused_link_is_ko_and_frees_its_id(project, account, script):
    script.link_create = [Rejected("no links for you"), made()]
    command = factories.pay_command(project, method="")

    refused, made_then = link_of(pay_by_link(command)), link_of(pay_by_link(command))

    assert (refused.result, refused.link, refused.payment.state) == (Result.KO, "", "PAYMENT_FAILED")
    assert made_then.link == URL


def test_a_paid_link_is_paid_once_and_told_once(project, account, script):
    script.link_create, script.fetch = [made()], [paid()]
    row = pay_by_link(factories.pay_command(project, method="")).payment

    reconcile.check(Attempt.objects.get().id, source="webhook", evidence="w1")
    reconcile.reread(Attempt.objects.get().id, source="webhook", evidence="w2")

    row.refresh_from_db()
    assert (row.state, row.captured, row.authorized) == ("PAYMENT_EXECUTED", 1299, 1299)
    assert list(OutboxEvent.objects.values_list("type", flat=True)) == ["payment.captured"]
    assert balanced()


def test_a_link_that_was_paid_before_its_answer_came_is_paid(project, account, script):
    script.link_create, script.fetch = [OutcomeUnknown("read timeout")], [paid()]
    command = factories.pay_command(project, method="")
    pay_by_link(command)

    asked_again(Attempt.objects.get().id)

    row = Payment.objects.get()
    assert (row.state, row.captured) == ("PAYMENT_EXECUTED", 1299)
    assert link_of(pay_by_link(command)).result is Result.OK
    assert balanced()


def test_another_amount_than_the_links_is_held_for_a_person(project, account, script):
    script.link_create, script.fetch = [made()], [paid(amount=1)]
    row = pay_by_link(factories.pay_command(project, method="")).payment

    reconcile.check(Attempt.objects.get().id, source="webhook", evidence="w1")

    row.refresh_from_db()
    assert (row.captured, OperatorItem.objects.get().kind) == (0, ItemKind.AMOUNT_MISMATCH)


@pytest.mark.parametrize(("end", "state"), [(expire, "PAYMENT_EXPIRED"), (cancel, "PAYMENT_CANCELLED")])
def test_a_link_is_ended_as_a_link_and_not_as_a_session(project, account, script, end, state):
    script.link_create = [made()]
    script.link_expire = [Verdict(Subject.CANCEL, Outcome.SUCCEEDED)]
    row = pay_by_link(factories.pay_command(project, method="")).payment

    end(Payment.objects.select_related("provider_account").get(), BY_TIME)

    row.refresh_from_db()
    assert (row.state, row.claimed_shop_transaction_id) == (state, None)
    assert [what for what, _, _ in script.asked] == ["link_create", "link_expire"]
    assert script.asked[1][2].references == (Reference("link", "sl_1"),)


def test_s43_a_link_that_is_paid_after_its_end_is_recorded_and_put_before_a_person(project, account, script):
    script.link_create = [made()]
    script.link_expire = [Verdict(Subject.CANCEL, Outcome.SUCCEEDED)]
    script.fetch = [paid()]
    row = pay_by_link(factories.pay_command(project, method="")).payment
    expire(Payment.objects.select_related("provider_account").get(), BY_TIME)

    reconcile.reread(Attempt.objects.get(kind="link_create").id, source="webhook", evidence="late")

    row.refresh_from_db()
    assert (row.state, row.captured, row.claimed_shop_transaction_id) == ("PAYMENT_EXECUTED", 1299, None)
    assert OperatorItem.objects.get().kind == ItemKind.LATE_SUCCESS
    assert balanced()


def test_the_buyer_is_mailed_where_the_link_leads(mails_on, project, account, script):  # noqa: F811
    script.link_create = [made()]
    pay_by_link(factories.pay_command(project, method="", buyer={"email": "ada@shop.example"}))

    command = SagaCommand.objects.get()
    carry_out(command.id, tries=command.tries)

    assert Payment.objects.get().saga_metadata == {"link": URL}
    mail = Mail.objects.get()
    assert (mail.event, mail.state) == ("payment_link", "due")


def test_an_account_switched_off_for_new_payments_makes_no_link(project, account, script):
    account.standing = "inactive"
    account.save()
    with pytest.raises(Conflict):
        pay_by_link(factories.pay_command(project, method=""))
    assert (Payment.objects.count(), script.asked) == (0, [])
