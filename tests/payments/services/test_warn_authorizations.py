"""Held money is not lost in silence."""

import pytest

from paymenthub.kernel import clock
from payments.models import CaptureMode, OperatorItem
from payments.services.capture import CaptureCommand, capture
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.warn_authorizations import warn_of_expiring_authorizations
from providers.types import Outcome
from tests import factories, scripted
from tests.scripted import payment

pytestmark = pytest.mark.django_db(transaction=True)
DAY = 86400


def test_an_operator_is_warned_once_a_day_before_the_end(project, account, script):
    script.pay = [payment(Outcome.AUTHORIZED)]
    held = pay(factories.pay_command(project, capture_mode=CaptureMode.MANUAL)).payment

    counts = []
    for seconds in (0, 5 * DAY, 6 * DAY + 60, 6 * DAY + 3660):
        with clock.advanced(seconds):
            warn_of_expiring_authorizations()
        counts.append(OperatorItem.objects.count())

    assert counts == [0, 0, 1, 1]
    item = OperatorItem.objects.get()
    assert (item.kind, item.payment_id, item.evidence["capturable"]) == ("authorization_expires", held.id, 1299)


def test_what_is_captured_needs_no_warning(project, account, script):
    script.pay = [payment(Outcome.AUTHORIZED)]
    script.capture = [scripted.capture(Outcome.SUCCEEDED, 1299)]
    held = pay(factories.pay_command(project, capture_mode=CaptureMode.MANUAL)).payment
    capture(CaptureCommand(held), By())

    with clock.advanced(8 * DAY):
        assert warn_of_expiring_authorizations() == 0
