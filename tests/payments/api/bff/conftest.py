"""A shop's server, its page with a browser's key, and a backoffice, in front of `/pgm-bff`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from paymenthub.kernel.money import Money
from payments.models import Payment, Project
from payments.services.checkout_tokens import client_token
from payments.services.install_machine import By
from payments.services.merchants import create_api_key
from payments.services.open_payment import OpenCommand, open_payment
from payments.services.project_lists import ProjectList, set_list
from tests.payments.api.conftest import OrderSystem

ORIGIN = "https://shop.example"


@dataclass
class Page(OrderSystem):
    """A web page: every call carries its origin, and the token of one payment."""

    origin: str = ORIGIN
    token: str = ""

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        own = {"Origin": self.origin} | ({"X-Payment-Token": self.token} if self.token else {})
        return super()._headers(own | more)


def list_origins(*, project: Project, listed: list[str]) -> None:
    set_list(project=project, which=ProjectList.BROWSER_ORIGINS, entries=listed, by=By("staff", "for the tests"))


@pytest.fixture
def open_one(project: Project, account: Any) -> Callable[..., Payment]:
    """Open a payment whose method is to be chosen."""

    def make(order: str = "order-1", **over: Any) -> Payment:
        fields = {"project": project, "mode": "test", "money": Money(1299, "EUR"), "shop_transaction_id": order}
        return open_payment(OpenCommand(**fields | over))

    return make


@pytest.fixture
def opened(open_one: Callable[..., Payment]) -> Payment:
    return open_one()


@pytest.fixture
def page(project: Project, opened: Payment) -> Page:
    """The page of `opened`, at an origin that the project lists."""
    list_origins(project=project, listed=[ORIGIN])
    secret = create_api_key(project=project, mode="test", scopes=["checkout"]).secret
    return Page(secret, token=client_token(opened))
