"""Every page in every state: how a customer gets there."""

import datetime as dt
from collections.abc import Callable

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.errors import Busy, Conflict, HubError, MalformedRequest, RateLimited
from payments.checkout import views
from payments.models import Payment
from payments.services.cancel import cancel
from payments.services.ordering import By

from .conftest import Shop
from .customer import Customer

Scene = Callable[[Shop, Customer, pytest.MonkeyPatch], None]
CARD = "button[value^='sandbox/credit-cards']"
WALLET = "button[value^='sandbox/wallet']"


def choose(shop: Shop, customer: Customer, _: pytest.MonkeyPatch) -> None:
    customer.open(shop.url(_payment(shop)))


def no_methods(shop: Shop, customer: Customer, _: pytest.MonkeyPatch) -> None:
    customer.open(shop.url(_payment(shop, allowed_methods=["none-such"])))


def begun(shop: Shop, customer: Customer, _: pytest.MonkeyPatch) -> None:
    payment = _payment(shop)
    customer.open(shop.url(payment))
    customer.click(CARD)
    customer.open(shop.page(payment))


def processing(shop: Shop, customer: Customer, _: pytest.MonkeyPatch) -> None:
    customer.open(shop.url(_payment(shop)))
    customer.click(CARD)
    customer.pay_at_psp("later")


def paid(shop: Shop, customer: Customer, _: pytest.MonkeyPatch) -> None:
    customer.open(shop.url(_payment(shop)))
    customer.click(CARD)
    customer.pay_at_psp("visa")


def authorized(shop: Shop, customer: Customer, _: pytest.MonkeyPatch) -> None:
    customer.open(shop.url(_payment(shop, capture_mode="manual")))
    customer.click(CARD)
    customer.pay_at_psp("visa")


def declined(shop: Shop, customer: Customer, _: pytest.MonkeyPatch) -> None:
    customer.open(shop.url(_payment(shop)))
    customer.click(CARD)
    customer.pay_at_psp("poor")


def declined_for_good(shop: Shop, customer: Customer, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("django.conf.settings.CHECKOUT_MAX_ATTEMPTS", 1)
    declined(shop, customer, patch)


def expired(shop: Shop, customer: Customer, _: pytest.MonkeyPatch) -> None:
    customer.open(shop.url(_payment(shop, expires_at=clock.now() - dt.timedelta(minutes=1))))


def cancelled(shop: Shop, customer: Customer, _: pytest.MonkeyPatch) -> None:
    payment = _payment(shop)
    url = shop.url(payment)
    cancel(payment, By())
    customer.open(url)


def error_401(shop: Shop, customer: Customer, _: pytest.MonkeyPatch) -> None:
    customer.open(shop.page(_payment(shop)))


def error_404(shop: Shop, customer: Customer, _: pytest.MonkeyPatch) -> None:
    customer.open(f"{shop.base}/payment/nothing-here")


def _failing(error: HubError) -> Scene:
    def scene(shop: Shop, customer: Customer, patch: pytest.MonkeyPatch) -> None:
        def fail(_: Payment) -> None:
            raise error

        patch.setattr(views, "stage_of", fail)
        customer.open(shop.url(_payment(shop)))

    return scene


def error_403(shop: Shop, customer: Customer, patch: pytest.MonkeyPatch) -> None:
    choose(shop, customer, patch)
    customer.forget_cookie("csrftoken")
    customer.click(CARD)


SCENES: dict[str, Scene] = {
    scene.__name__.replace("_", "-"): scene
    for scene in (
        *(choose, no_methods, begun, processing, paid, authorized, declined, declined_for_good, expired, cancelled),
        *(error_401, error_403, error_404),
    )
} | {
    "error-400": _failing(MalformedRequest("No.")),
    "error-409": _failing(Conflict("No.")),
    "error-429": _failing(RateLimited("No.", retry_after=60)),
    "error-500": _failing(HubError("No.")),
    "error-503": _failing(Busy("No.")),
}

ALIKE = (
    "no-methods",
    "authorized",
    "declined-for-good",
    "cancelled",
    *(f"error-{n}" for n in (400, 403, 404, 409, 429, 500, 503)),
)
"""Scenes whose pages are made as those of another scene."""


def _payment(shop: Shop, **over: object) -> Payment:
    urls = {
        "success_redirect_url": f"{shop.sandpay.url}/?shop=thanks",
        "failure_redirect_url": f"{shop.sandpay.url}/?shop=cart",
    }
    return shop.payment(**(urls if over.pop("with_urls", False) else {}) | over)
