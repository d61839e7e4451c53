"""A slow PSP fills its own compartment."""

import threading

import pytest

from paymenthub.kernel.errors import Busy
from payments.attempts import bulkhead
from payments.models import Payment
from payments.services.pay import pay
from providers.types import Outcome
from tests import factories
from tests.scripted import payment

pytestmark = pytest.mark.django_db(transaction=True)


def test_over_the_limit_nothing_is_stored_and_nothing_sent(project, account, script, settings):
    settings.PSP_MAX_IN_FLIGHT = 1
    script.pay = [payment(Outcome.SUCCEEDED)]

    with bulkhead.slot(account.id), pytest.raises(Busy) as error:
        pay(factories.pay_command(project))

    assert (error.value.status, error.value.retryable) == (503, True)
    assert (Payment.objects.count(), script.asked) == (0, [])
    assert pay(factories.pay_command(project)).result == "OK"


def test_another_account_has_its_own_places(project, account, script, settings):
    settings.PSP_MAX_IN_FLIGHT = 1
    factories.make_account(project, name="second", is_default=False)
    script.pay = [payment(Outcome.SUCCEEDED)]

    with bulkhead.slot(account.id):
        assert pay(factories.pay_command(project, account_name="second")).result == "OK"


def test_a_place_is_free_again_whatever_happened(account, settings):
    settings.PSP_MAX_IN_FLIGHT = 1
    for _ in range(3):
        with pytest.raises(KeyError), bulkhead.slot(account.id):
            raise KeyError
    entered = threading.Event()
    with bulkhead.slot(account.id):
        entered.set()
    assert entered.is_set()
