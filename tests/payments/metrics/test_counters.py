"""What is counted, under the published names, where PSPs are called and call."""

import pytest
from prometheus_client import REGISTRY

from paymenthub.kernel.money import Money
from payments import metrics
from payments.domain.verdict import NoAnswer, Trouble
from payments.metrics import counters, words
from payments.metrics.counters import COUNTED_AS, COUNTERS
from payments.models import Attempt
from payments.services.pay import pay
from payments.services.status import read_status
from providers.errors import AuthFailed, OutcomeUnknown, Rejected, Unavailable
from providers.types import Operation, Outcome, Subject, Verdict
from tests import factories
from tests.scripted import notification_body, payment

FOURTEEN = {
    "http_payment_created_total", "http_payment_authorized_total", "http_payment_expired_total",
    "http_payment_refunded_total", "http_payment_link_created_total", "http_payment_status_total",
    "http_subscription_authorized_total", "http_subscription_created_total", "http_subscription_update_total",
    "http_callback_total", "http_utils_total", "http_flow_manager_service_total", "http_crud_service_total",
    "http_subscription_handler_total",
}  # fmt: skip


def total(name: str, provider: str = "scripted", method: str = "credit-cards", *, outcome: str) -> float:
    labels = {"provider": provider, "payment_method": method, "outcome": outcome}
    return REGISTRY.get_sample_value(name, labels) or 0.0


def seconds_seen(operation: str, outcome: str) -> float:
    labels = {"provider": "scripted", "operation": operation, "outcome": outcome}
    return REGISTRY.get_sample_value("paymenthub_psp_call_seconds_count", labels) or 0.0


def test_the_names_are_the_published_fourteen():
    assert set(COUNTERS) == FOURTEEN


def test_every_operation_has_a_counter_except_those_the_published_gateway_does_not_know():
    assert set(Operation) - set(COUNTED_AS) == {
        Operation.CAPTURE,
        Operation.NOTIFICATION,
        Operation.LIST_EVENTS,
    }
    assert set(COUNTED_AS.values()) < FOURTEEN


@pytest.mark.parametrize("operation", [*COUNTED_AS])
def test_a_call_adds_one_to_the_counter_of_its_operation(operation):
    name = COUNTED_AS[operation]
    before = total(name, outcome="pending")
    news = Verdict(Subject.PAYMENT, Outcome.PENDING, Money(1, "EUR"))

    metrics.observe_psp_call(provider="scripted", method="credit-cards", operation=operation, news=news, seconds=0.2)

    assert total(name, outcome="pending") == before + 1


def test_a_capture_is_in_the_histogram_alone():
    before = seconds_seen("capture", "succeeded")
    counts = {name: total(name, outcome="succeeded") for name in COUNTERS}
    news = Verdict(Subject.CAPTURE, Outcome.SUCCEEDED, Money(1, "EUR"))

    metrics.observe_psp_call(provider="scripted", method="wallet", operation="capture", news=news, seconds=3)

    assert seconds_seen("capture", "succeeded") == before + 1
    assert {name: total(name, outcome="succeeded") for name in COUNTERS} == counts


@pytest.mark.parametrize(
    ("news", "word"),
    [
        (Verdict(Subject.PAYMENT, Outcome.DECLINED), "declined"),
        ((Verdict(Subject.PAYMENT, Outcome.SUCCEEDED), Verdict(Subject.REFUND, Outcome.PENDING)), "succeeded"),
        (NoAnswer(Trouble.UNKNOWN), "unknown"),
        (NoAnswer(Trouble.NOT_SENT), "not_sent"),
        ({"token": "t"}, "answered"),
        ((), "answered"),
    ],
)
def test_the_outcome_is_a_word_of_the_closed_set(news, word):
    assert words.outcome_word(news) == word
    assert word in words.CALL_OUTCOMES


@pytest.mark.parametrize("odd", ["", "A", "a" * 33, "x\ny", "../etc", "phk_test_secret"])
def test_what_is_no_code_cannot_make_a_series_of_its_own(odd):
    assert words.code(odd) == "other"
    assert words.operation_word(odd) == "other"


def test_closing_a_session_counts_as_ending_it():
    assert words.operation_word("close") == "expire"


def test_all_fourteen_are_exported_before_anything_happened(monkeypatch):
    metrics.initialise({"never-called": ["wallet"]})

    series = [sample for family in REGISTRY.collect() for sample in family.samples]

    assert {sample.name for sample in series if sample.name in FOURTEEN} == FOURTEEN
    ours = [sample for sample in series if sample.labels.get("provider") == "never-called"]
    assert {sample.value for sample in ours} == {0}
    assert {sample.name for sample in ours} == FOURTEEN - set(counters._OUTSIDE_SERVICES)


def test_initialising_again_resets_nothing():
    metrics.received_callback("again", metrics.CallbackOutcome.ACCEPTED)
    metrics.initialise({"again": ["wallet"]})
    assert total("http_callback_total", "again", "any", outcome="accepted") == 1


def test_a_count_that_fails_costs_no_verdict(monkeypatch, caplog):
    def fail(*values: str) -> None:
        raise OSError("no space")

    monkeypatch.setattr(counters.PSP_SECONDS, "labels", fail)
    monkeypatch.setattr(COUNTERS["http_callback_total"], "labels", fail)

    metrics.observe_psp_call(provider="scripted", method="m", operation="pay", news=None, seconds=1)
    metrics.received_callback("scripted", metrics.CallbackOutcome.ACCEPTED)

    assert [record.getMessage() for record in caplog.records] == [
        "a call to a provider could not be counted",
        "a notification could not be counted",
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("said", "word"),
    [
        (payment(Outcome.SUCCEEDED), "succeeded"),
        (payment(Outcome.DECLINED), "declined"),
        (payment(Outcome.ACTION_REQUIRED), "action_required"),
        (OutcomeUnknown("timeout"), "unknown"),
        (Rejected("bad"), "rejected"),
        (AuthFailed("key"), "credentials"),
        (ValueError("a bug"), "unknown"),
    ],
)
def test_paying_is_counted_by_what_came_of_it(project, account, script, said, word):
    before = total("http_payment_created_total", outcome=word)
    timed = seconds_seen("pay", word)
    script.pay = [said]

    pay(factories.pay_command(project))

    assert total("http_payment_created_total", outcome=word) == before + 1
    assert seconds_seen("pay", word) == timed + 1


@pytest.mark.django_db(transaction=True)
def test_what_was_surely_not_sent_is_counted_as_that(project, account, script):
    before = total("http_payment_created_total", outcome="not_sent")
    script.pay = [Unavailable("refused")]

    with pytest.raises(Exception, match=r".") as refused:
        pay(factories.pay_command(project))

    assert refused.value.status == 503
    assert total("http_payment_created_total", outcome="not_sent") == before + 1


@pytest.mark.django_db(transaction=True)
def test_asking_for_a_status_is_counted_as_that_and_not_as_paying(project, account, script):
    script.pay, script.fetch = [payment(Outcome.PENDING)], [payment(Outcome.SUCCEEDED)]
    paid = pay(factories.pay_command(project)).payment
    asked = total("http_payment_status_total", outcome="succeeded")
    created = total("http_payment_created_total", outcome="succeeded")

    read_status(paid)

    assert total("http_payment_status_total", outcome="succeeded") == asked + 1
    assert total("http_payment_created_total", outcome="succeeded") == created


@pytest.mark.django_db(transaction=True)
def test_notifications_are_counted_by_what_became_of_them(project, account, script, client, monkeypatch):
    monkeypatch.setattr("payments.callbacks.receive.nudge", lambda *_: None)
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    pay(factories.pay_command(project))
    body = notification_body(Outcome.SUCCEEDED, reference=Attempt.objects.get().public_id)
    outcomes = ("accepted", "duplicate", "refused")
    before = [total("http_callback_total", method="any", outcome=word) for word in outcomes]

    for secret in ("s", "s", "wrong"):
        client.post(f"/c/{account.webhook_token}", body, "application/json", headers={"X-Secret": secret})
    client.post("/c/nobody", body, "application/json")

    after = [total("http_callback_total", method="any", outcome=word) for word in outcomes]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 1]
