"""A year against the sandbox PSP as the process it is: its own ledger is the judge."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from paymenthub.kernel import clock, ids
from paymenthub.kernel.money import Money
from payments.domain.subscription import RunBy
from payments.models import Mode, Payment
from payments.selectors.project_clock import project_now
from payments.services.subscriptions import test_clock
from payments.services.subscriptions.agree import SubscribeCommand
from payments.services.subscriptions.start import start
from providers.types import Interval
from tests import factories
from tests.providers.sandbox_simulator.process import SECRET, Sandpay

from .world import fresh

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.full]


@pytest.fixture(scope="module")
def sandpay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandpay]:
    process = Sandpay(tmp_path_factory.mktemp("subscriptions") / Path("sandpay.db"))
    yield process
    process.kill()


@pytest.mark.parametrize("run_by", [RunBy.HUB, RunBy.PROVIDER])
@pytest.mark.parametrize("zone", ["Europe/Rome", "America/New_York", "Pacific/Apia"])
def test_a_year_anchored_on_the_31st_is_thirteen_charges_on_their_days(sandpay, project, settings, zone, run_by):
    settings.PROVIDER_DRIVERS = ["providers.drivers.sandbox.SandboxDriver"]
    settings.ENABLED_PROVIDERS = []
    project.timezone = zone
    project.save()
    config = {"api_key": f"sk_{ids.new_uuid().hex}", "webhook_secret": SECRET}
    made = sandpay.desk.post("/control/accounts", json={"id": f"acct_{ids.new_uuid().hex}", **config})
    assert made.status_code == 201
    config["base_url"] = sandpay.url
    factories.make_account(project, provider="sandbox", methods=["credit-cards"], config=config)
    name = f"S-{run_by}-{zone}"
    test_clock.advance(project.id, to=_next_31st(zone))
    project.refresh_from_db()

    row = start(
        SubscribeCommand(
            project=project,
            mode=Mode.TEST,
            provider="sandbox",
            method="credit-cards",
            money=Money(990, "EUR"),
            shop_transaction_id=name,
            interval=Interval.MONTH,
            run_by=run_by,
            provider_data={"token": "tok_visa"},
        )
    ).subscription
    assert (fresh(row).state, row.anchor_day) == ("ACTIVE", 31)
    to = project_now(project, Mode.TEST) + dt.timedelta(days=367)
    test_clock.advance(project.id, to=to)

    paid = Payment.objects.filter(subscription=row, captured=990).order_by("subscription_period")
    assert [payment.shop_transaction_id for payment in paid] == [name, *(f"{name}-{n}" for n in range(2, 14))]
    days = [date.day for date in row.periods.order_by("number").values_list("due_on", flat=True)]
    assert [day for day in days if day < 28] == []
    assert days.count(31) == 8  # January, March, May, July, August, October, December, and one of them again
    entries = sandpay.desk.get("/ledger").json()["entries"]
    mine = [entry for entry in entries if str(entry["reference"]).startswith(name)]
    assert [entry["amount"] for entry in mine if entry["kind"] == "charge"] == [990] * 13
    assert clock.now() < to


def _next_31st(zone: str) -> dt.datetime:
    """Noon of the next 31st that is at least a day away, where the shop is."""
    day = clock.now().astimezone(ZoneInfo(zone)) + dt.timedelta(days=2)
    while day.day != 31:
        day += dt.timedelta(days=1)
    return day.replace(hour=12, minute=0, second=0, microsecond=0)
