"""Payments in the states that follow-up operations start from, and a PSP that says what it is asked."""

from typing import Any

from payments.models import Payment
from providers.types import Outcome
from tests import scripted

from .bodies import pay_body


def succeed(script: Any) -> None:
    """Let every operation work, for the amount that is asked for, each under an id of its own."""
    script.pay = [lambda call, request: scripted.payment(Outcome.SUCCEEDED, id=own(call), amount=request.money.amount)]
    script.capture = [lambda call, request: scripted.capture(Outcome.SUCCEEDED, request.money.amount, id=own(call))]
    script.cancel = [lambda call, request: scripted.payment(Outcome.CANCELLED, id="")]
    script.expire = [lambda call, request: scripted.payment(Outcome.EXPIRED, id="")]
    script.refund = [lambda call, request: scripted.refund(Outcome.SUCCEEDED, request.money.amount, id=own(call))]


def own(call: Any) -> str:
    """An id of the PSP's that no other call gets."""
    return f"psp_{call.attempt_reference}"


def pay(shop: Any, script: Any, **over: Any) -> Payment:
    """A payment that is paid."""
    succeed(script)
    return _made(shop.pay(pay_body(**over)))


def hold(shop: Any, script: Any, **over: Any) -> Payment:
    """A payment of which the money is held."""
    succeed(script)
    script.pay = [lambda call, request: scripted.payment(Outcome.AUTHORIZED, id=own(call), amount=request.money.amount)]
    return _made(shop.post("/scripted/credit-cards/authorize", pay_body(**over)))


def wait(shop: Any, script: Any, **over: Any) -> Payment:
    """A payment that waits for its customer."""
    succeed(script)
    script.pay = [lambda call, request: scripted.payment(Outcome.ACTION_REQUIRED, id=own(call))]
    return _made(shop.pay(pay_body(**over)))


def _made(response: Any) -> Payment:
    assert response.status_code == 200, response.content
    return Payment.objects.get(pk=response.json()["metadata"]["hubPaymentId"].removeprefix("pay_"))
