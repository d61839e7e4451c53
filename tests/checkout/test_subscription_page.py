"""The customer's own page of a subscription, in a browser: for all people, on all screens; cancelled with two clicks."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from paymenthub.kernel import clock
from payments.models import Subscription
from payments.selectors.subscription_page_links import page_url
from tests import factories
from tests.payments.subscriptions import world
from tests.payments.subscriptions.world import at, renewed, subscribed

from .customer import PHONE, WIDE, Customer

pytestmark = [pytest.mark.browser]


@pytest.fixture
def row(transactional_db: None, live_server: Any, settings: Any, script: Any) -> Subscription:
    settings.HUB_PUBLIC_URL = live_server.url
    psp = world.opened(script)
    project = factories.make_project(name="Bottega Aurora", timezone="Europe/Rome")
    factories.make_account(project)
    with clock.frozen(world.JANUARY):
        made = subscribed(project, description="Coffee club", shop_transaction_id="club-7")
    for day in (at(2027, 2, 28), at(2027, 3, 31)):
        with clock.frozen(day):
            made = renewed(made)
    psp.declines = [world.soft()]
    return made


def _looked_at(customer: Customer, live_server: Any, name: str, tmp_path: Path) -> None:
    assert customer.violations() == []
    assert not customer.overflows()
    assert customer.complaints_about(live_server.url) == []
    customer.picture(Path(os.environ.get("CHECKOUT_PICTURES", tmp_path)) / f"subscription-{name}.png")


@pytest.mark.parametrize("width", [pytest.param("wide", marks=pytest.mark.full), "phone"])
def test_it_is_seen_and_cancelled(
    row: Subscription, customers: Callable[..., Customer], live_server: Any, tmp_path: Path, width: str
) -> None:
    customer = customers(viewport=WIDE if width == "wide" else PHONE, locale="en-GB" if width == "wide" else "it-IT")
    customer.open(page_url(row))
    _looked_at(customer, live_server, f"active-{width}", tmp_path)

    customer.click('a[href="?do=cancel"]')
    _looked_at(customer, live_server, f"cancel-{width}", tmp_path)
    assert not Subscription.objects.get().expire_requested

    customer.click('button[type="submit"]')
    assert Subscription.objects.get().expire_requested
    _looked_at(customer, live_server, f"cancelled-{width}", tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("language", ["de-DE", "fr-FR", "es-ES"])
def test_what_is_past_due_can_be_used_by_everybody_in_the_dark(
    row: Subscription, customers: Callable[..., Customer], live_server: Any, tmp_path: Path, language: str
) -> None:
    with clock.frozen(at(2027, 4, 30)):
        assert renewed(row).state == "PAYMENT_FAILED"
    customer = customers(viewport=PHONE, locale=language, color_scheme="dark")
    customer.open(page_url(row))
    _looked_at(customer, live_server, f"past-due-{language}", tmp_path)
