"""What chaos found: an equal request was told «pending» of a payment that was then never sent, and nobody sent it again."""

import threading

import pytest
from django.db import connections
from django.test import Client

from paymenthub.kernel.errors import OperationInProgress, ProviderUnavailable
from payments.models import Attempt, IdempotencyRecord, Payment
from payments.services import pay as paying
from payments.services.merchants import create_api_key
from payments.services.pay import pay
from providers.errors import Unavailable
from providers.types import Outcome
from tests import factories
from tests.scripted import payment

pytestmark = pytest.mark.django_db(transaction=True)


class Second:
    """An equal request that comes while the first one is in its call to the PSP."""

    def __init__(self, ask) -> None:
        self._ask = ask
        self._thread = threading.Thread(target=self._run)
        self.told = None

    def _run(self) -> None:
        try:
            self.told = self._ask()
        except Exception as error:  # noqa: BLE001 - looked at by the test
            self.told = error
        finally:
            connections.close_all()

    def comes(self, waits: threading.Event) -> None:
        self._thread.start()
        assert waits.wait(10)

    def result(self):
        self._thread.join(20)
        return self.told


@pytest.fixture
def waits(monkeypatch) -> threading.Event:
    """Set as soon as somebody waits for another's outcome."""
    found, real = threading.Event(), paying.time.sleep

    def sleep(seconds: float) -> None:
        found.set()
        real(seconds)

    monkeypatch.setattr(paying.time, "sleep", sleep)
    return found


def test_s4_an_equal_request_sends_what_the_first_one_could_not(project, account, script, waits):
    command = factories.pay_command(project)
    second = Second(lambda: pay(command))

    def refused(call, request):
        second.comes(waits)
        raise Unavailable("connection refused")

    script.pay = [refused, payment(Outcome.SUCCEEDED)]
    with pytest.raises(ProviderUnavailable):
        pay(command)

    assert second.result().result == "OK"
    assert (Payment.objects.get().captured, Attempt.objects.count(), script.count("pay")) == (1299, 1, 2)


def test_s4_an_equal_request_is_never_told_pending_while_the_first_one_is_sent(
    project, account, script, waits, monkeypatch
):
    monkeypatch.setattr(paying, "_LONGEST_WAIT", 0.2)
    command = factories.pay_command(project)
    second = Second(lambda: pay(command))

    def slow(call, request):
        second.comes(waits)
        second.result()
        return payment(Outcome.SUCCEEDED)

    script.pay = [slow]
    assert pay(command).result == "OK"

    assert isinstance(second.result(), OperationInProgress)
    assert second.result().retryable
    assert script.count("pay") == 1


def test_s2_a_key_is_not_answered_pending_for_what_was_never_sent(project, account, script, waits):
    secret = create_api_key(project=project, mode="test", scopes=["payments"]).secret
    body = {"amount": 1299, "currency": "EUR", "shopTransactionId": "order-1"}

    def ask():
        return Client().post(
            "/scripted/credit-cards/pay",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": "k-1"},
        )

    second = Second(ask)

    def refused(call, request):
        IdempotencyRecord.objects.all().delete()  # the second one looked for its key before the first one took it
        second.comes(waits)
        raise Unavailable("connection refused")

    script.pay = [refused, payment(Outcome.SUCCEEDED)]
    assert ask().status_code == 503
    assert second.result().json()["result"] == "OK"

    assert ask().json()["result"] == "OK"
    assert (Payment.objects.get().captured, script.count("pay")) == (1299, 2)
