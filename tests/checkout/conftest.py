"""One browser and one sandbox PSP for all tests of the pages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from django.core.cache import cache

from paymenthub.kernel import ids
from paymenthub.kernel.money import Money
from payments.models import Payment, Project
from payments.services.checkout_tokens import checkout_url
from payments.services.open_payment import OpenCommand, open_payment
from payments.services.status import read_status
from tests import factories
from tests.providers.sandbox_simulator.process import KEY, SECRET, Sandpay

from .customer import Customer, browsing

ITEMS = [
    {"description": "Espresso beans, 1 kg", "quantity": 2, "amount": 2400},
    {"description": "Filter papers", "quantity": 1, "amount": 199},
]


@pytest.fixture(autouse=True)
def _nobody_has_come_before() -> None:
    cache.clear()


@pytest.fixture(scope="session")
def sandpay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandpay]:
    # What settles later does so when a test turns the clock on, and not before.
    made = Sandpay(tmp_path_factory.mktemp("sandpay") / "sandpay.db", "--settle-seconds", "600")
    yield made
    made.stop()


@pytest.fixture(scope="session")
def browser_of() -> Iterator[Callable[..., Customer]]:
    with browsing() as make:
        yield make


@pytest.fixture
def customers(browser_of: Callable[..., Customer]) -> Iterator[Callable[..., Customer]]:
    """Make customers, each with a fresh profile; options are those of a browser context."""
    made: list[Customer] = []

    def make(**options: Any) -> Customer:
        made.append(browser_of(**{"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"} | options))
        return made[-1]

    yield make
    for customer in made:
        customer.close()


@dataclass
class Form:
    """A browser without a face: it has opened the payment and may send its form."""

    http: httpx.Client
    page: str

    def post(self, way: str, **more: str) -> httpx.Response:
        return self.http.post(
            f"{self.page}/choose", data={"way": way, "csrfmiddlewaretoken": self.http.cookies["csrftoken"]} | more
        )


@dataclass
class Shop:
    """A project whose customers pay at the sandbox PSP."""

    project: Project
    base: str
    sandpay: Sandpay

    def payment(self, amount: int = 2599, **over: Any) -> Payment:
        fields: dict[str, Any] = {
            "project": self.project,
            "mode": "test",
            "money": Money(amount, over.pop("currency", "EUR")),
            "shop_transaction_id": f"order-{ids.new_uuid().hex[-8:]}",
            "description": "Coffee for the week",
            "additional_data": {"items": ITEMS},
        }
        return open_payment(OpenCommand(**fields | over))

    def url(self, payment: Payment) -> str:
        return checkout_url(payment)

    def form(self, payment: Payment) -> Form:
        http = httpx.Client(follow_redirects=False, trust_env=False, timeout=20)
        http.get(self.url(payment))
        assert http.get(self.page(payment)).status_code == 200
        return Form(http, self.page(payment))

    def ask_the_psp(self, payment: Payment) -> None:
        """Do what a worker does from time to time."""
        read_status(Payment.objects.get(pk=payment.pk))

    def page(self, payment: Payment) -> str:
        return f"{self.base}/payment/{payment.public_id}"


@pytest.fixture
def shop(transactional_db: None, live_server: Any, settings: Any, sandpay: Sandpay) -> Shop:
    settings.HUB_PUBLIC_URL = live_server.url
    settings.PROVIDER_DRIVERS = ["providers.drivers.sandbox.SandboxDriver"]
    settings.ENABLED_PROVIDERS = []
    project = factories.make_project(name="Bottega Aurora")
    config = {"base_url": sandpay.url, "api_key": KEY, "webhook_secret": SECRET}
    factories.make_account(
        project, provider="sandbox", methods=["credit-cards", "wallet", "direct-debit"], config=config, is_default=True
    )
    return Shop(project, live_server.url, sandpay)
