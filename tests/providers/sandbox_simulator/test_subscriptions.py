"""Subscriptions that Sandpay runs: what is charged, when, and what is told, by a clock that the test moves."""

import uuid
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from .process import SECRET, Sandpay
from .receiver import Receiver

DAY = 86400


class Merchant:
    """An account of its own, so that its clock may run ahead."""

    def __init__(self, sandpay: Sandpay) -> None:
        self.sandpay = sandpay
        name = uuid.uuid4().hex[:12]
        wanted = {"id": f"acct_{name}", "api_key": f"sk_{name}", "webhook_secret": SECRET}
        assert sandpay.desk.post("/control/accounts", json=wanted).status_code == 201
        self.http = httpx.Client(
            base_url=sandpay.url, headers={"Authorization": f"Bearer sk_{name}"}, timeout=20, trust_env=False
        )

    def post(self, path: str, body: object, key: str | None = None) -> httpx.Response:
        return self.http.post(path, json=body, headers={"Idempotency-Key": key or uuid.uuid4().hex})

    def subscribe(self, **over: object) -> dict:
        body = {name: value for name, value in self.sandpay.body().items() if name != "capture"}
        answer = self.post("/v1/subscriptions", {**body, "interval": "month", **over})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def read(self, subscription: dict) -> dict:
        return self.http.get(f"/v1/subscriptions/{subscription['id']}").json()

    def forward(self, days: float) -> int:
        answer = self.http.post("/test-clock", json={"advance_seconds": days * DAY})
        assert answer.status_code == 200, answer.text
        return answer.json()["charged"]

    def until(self, moment: str) -> int:
        """Move the clock on to a moment, in steps: it may be nearly two years away."""
        charged = 0
        while (answer := self.http.post("/test-clock", json={"advance_to": moment})).status_code == 400:
            charged += self.forward(200)
        assert answer.status_code == 200, answer.text
        return charged + answer.json()["charged"]

    def ledger(self, subscription: dict) -> list[tuple[str, int]]:
        entries = self.http.get("/ledger", params={"reference": subscription["reference"]}).json()["entries"]
        return [(entry["kind"], entry["amount"]) for entry in entries]


@pytest.fixture
def shop(sandpay: Sandpay) -> Iterator[Merchant]:
    merchant = Merchant(sandpay)
    yield merchant
    merchant.http.close()


def _due(subscription: dict) -> list[str]:
    return [charge["subscription"]["due_at"] for charge in subscription["charges"]]


def _told(receiver: Receiver, url: str, count: int) -> list[tuple[str, object]]:
    hooks = receiver.wait(url, count)
    assert all(hook.genuine() for hook in hooks)
    return [(hook.type, (hook.object.get("subscription") or hook.object).get("sequence")) for hook in hooks]


def test_a_year_from_the_31st_keeps_its_day_and_its_hour_through_two_changes_of_the_clocks(shop: Merchant):
    year = datetime.now(UTC).year + 1
    subscription = shop.subscribe(time_zone="Europe/Rome", starts_at=f"{year}-01-31T10:00:00+01:00")
    assert [charge["amount"] for charge in subscription["charges"]] == [0]
    shop.until(f"{year}-01-30T00:00:00Z")

    assert shop.forward(395) == 13

    paid = shop.read(subscription)
    rome = [datetime.fromisoformat(due).astimezone(ZoneInfo("Europe/Rome")) for due in _due(paid)[1:]]
    last_days = [monthrange(year, month)[1] for month in range(1, 13)]
    assert [due.day for due in rome] == [*last_days, 31]
    assert {(due.hour, due.minute) for due in rome} == {(10, 0)}
    assert [charge["subscription"]["sequence"] for charge in paid["charges"]] == list(range(14))
    assert shop.ledger(subscription) == [("charge", 1299)] * 13


@pytest.mark.parametrize(
    ("interval", "count", "days", "charges"), [("day", 3, 9, 3), ("week", 2, 28, 2), ("year", 1, 367, 1)]
)
def test_each_rhythm_charges_as_often_as_it_says(shop: Merchant, interval: str, count: int, days: int, charges: int):
    subscription = shop.subscribe(interval=interval, interval_count=count)

    assert shop.forward(days) == charges
    assert len(shop.read(subscription)["charges"]) == charges + 1


def test_charges_are_told_in_order_and_name_subscription_and_number(shop: Merchant, receiver: Receiver):
    url = receiver.url()
    subscription = shop.subscribe(notification_url=url, max_charges=4)
    assert shop.forward(200) == 3

    told = _told(receiver, url, 8)
    assert sorted(told[:2]) == [("payment.paid", 1), ("subscription.activated", 1)]
    assert told[2:] == [
        *(("payment.paid", 2), ("subscription.updated", 2), ("payment.paid", 3), ("subscription.updated", 3)),
        *(("payment.paid", 4), ("subscription.completed", 4)),
    ]
    first, *later = (hook.object for hook in receiver.got(url) if hook.type == "payment.paid")
    assert [each["subscription"]["charge"] for each in later] == [f"{subscription['id']}-{n}" for n in (2, 3, 4)]
    assert [each["subscription"]["by_itself"] for each in (first, *later)] == [False, True, True, True]
    assert all(each["metadata"] == {} for each in later)
    ended = shop.read(subscription)
    assert (ended["status"], ended["end_reason"], ended["next_charge_at"]) == ("completed", "charges", None)
    assert shop.forward(90) == 0


def test_a_soft_decline_is_tried_again_on_the_first_third_and_fifth_day_and_then_it_ends(shop: Merchant):
    subscription = shop.subscribe(token="tok_visa_later_poor")

    shop.until(_after(subscription, 0))
    assert (shop.read(subscription)["status"], shop.read(subscription)["sequence"]) == ("past_due", 2)
    shop.forward(20)

    ended = shop.read(subscription)
    assert (ended["status"], ended["end_reason"]) == ("cancelled", "payment_failed")
    tries = [charge for charge in ended["charges"] if charge["subscription"]["sequence"] == 2]
    made = [datetime.fromisoformat(charge["created"]) for charge in tries]
    assert [(later - made[0]).days for later in made] == [0, 1, 4, 9]
    assert len({charge["subscription"]["charge"] for charge in tries}) == 1
    assert shop.ledger(subscription) == [("charge", 1299)]


def _after(subscription: dict, seconds: int) -> str:
    return datetime.fromtimestamp(
        datetime.fromisoformat(subscription["next_charge_at"]).timestamp() + seconds,
        datetime.fromisoformat(subscription["next_charge_at"]).tzinfo,
    ).isoformat()


def test_one_soft_decline_is_made_good_by_the_next_try(shop: Merchant, sandpay: Sandpay, receiver: Receiver):
    url = receiver.url()
    subscription = shop.subscribe(notification_url=url)
    sandpay.fault("charge", "decline_insufficient_funds", reference=subscription["reference"])

    shop.forward(33)

    told = [each for each in _told(receiver, url, 6) if each[1] == 2]
    assert told == [
        *(("payment.declined", 2), ("subscription.past_due", 2), ("payment.paid", 2), ("subscription.updated", 2)),
    ]
    assert shop.read(subscription)["status"] == "active"
    assert shop.ledger(subscription) == [("charge", 1299)] * 2


def test_a_hard_decline_ends_it_at_once(shop: Merchant):
    subscription = shop.subscribe(token="tok_visa_later_stolen")

    assert shop.forward(60) == 1
    assert shop.read(subscription)["status"] == "cancelled"


@pytest.mark.parametrize(("at_period_end", "charges", "status"), [(False, 0, "cancelled"), (True, 0, "active")])
def test_cancel_ends_it_now_or_when_what_was_paid_for_is_over(
    shop: Merchant, at_period_end: bool, charges: int, status: str
):
    subscription = shop.subscribe()
    path = f"/v1/subscriptions/{subscription['id']}/cancel"

    done = shop.post(path, {"at_period_end": at_period_end}).json()

    assert (done["status"], done["cancel_at_period_end"]) == (status, at_period_end)
    assert shop.forward(70) == charges
    assert shop.read(subscription)["status"] == "cancelled"
    assert shop.post(path, {}).status_code == 409


def test_it_ends_at_its_date_and_a_change_of_amount_counts_from_the_next_charge(shop: Merchant):
    year = datetime.now(UTC).year + 1
    subscription = shop.subscribe(starts_at=f"{year}-03-01T12:00:00Z", ends_at=f"{year}-06-01T12:00:00Z")
    shop.until(f"{year}-03-15T12:00:00Z")

    changed = shop.post(f"/v1/subscriptions/{subscription['id']}", {"amount": 1500}).json()
    assert changed["next_charge_at"] == f"{year}-04-01T12:00:00.000Z"
    shop.until(f"{year}-09-01T00:00:00Z")

    ended = shop.read(subscription)
    assert (ended["status"], ended["end_reason"]) == ("completed", "end_date")
    assert shop.ledger(subscription) == [("charge", 1299), ("charge", 1500), ("charge", 1500)]


def test_a_first_payment_that_fails_leaves_nothing_behind(shop: Merchant):
    refused = shop.subscribe(token="tok_declined")
    assert refused["status"] == "abandoned"

    waiting = shop.subscribe(token=None)
    assert waiting["status"] == "incomplete"
    shop.post(f"/v1/payments/{waiting['charges'][0]['id']}/expire", {})
    assert shop.read(waiting)["status"] == "abandoned"
    assert shop.forward(60) == 0


def test_a_first_payment_on_the_page_begins_it(shop: Merchant, sandpay: Sandpay):
    subscription = shop.subscribe(token=None, first_amount=100)
    page = subscription["charges"][0]["checkout_url"]
    assert "later_poor" in httpx.get(page, trust_env=False).text

    httpx.post(page, data={"action": "pay", "choice": "visa"}, trust_env=False)

    assert shop.read(subscription)["status"] == "active"
    assert shop.forward(32) == 1
    assert shop.ledger(subscription) == [("charge", 100), ("charge", 1299)]


def test_clocks_are_apart_and_only_go_forward(shop: Merchant, sandpay: Sandpay):
    other = Merchant(sandpay)
    mine, theirs = shop.subscribe(), other.subscribe()

    assert shop.forward(40) == 1
    assert shop.until("2026-01-01T00:00:00Z") == 0
    assert shop.http.post("/test-clock", json={"advance_seconds": 401 * DAY}).status_code == 400
    assert shop.http.post("/test-clock", json={}).status_code == 400

    assert (len(shop.read(mine)["charges"]), len(other.read(theirs)["charges"])) == (2, 1)
    other.http.close()


def test_the_same_key_makes_one_subscription_and_one_change(shop: Merchant, sandpay: Sandpay):
    body = {name: value for name, value in sandpay.body().items() if name != "capture"} | {"interval": "month"}
    sandpay.fault("subscription", "error_after_charge", reference=body["reference"])

    lost = shop.post("/v1/subscriptions", body, key="one")
    again = shop.post("/v1/subscriptions", body, key="one")

    assert (lost.status_code, again.status_code) == (500, 201)
    assert shop.ledger(again.json()) == [("charge", 1299)]
    found = shop.http.get("/v1/payments", params={"idempotency_key": "one"}).json()["data"]
    assert [each["subscription"]["id"] for each in found] == [again.json()["id"]]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"interval": "fortnight"}, "invalid_request"),
        ({"interval_count": 0}, "invalid_request"),
        ({"time_zone": "Rome"}, "invalid_time_zone"),
        ({"starts_at": "2020-01-01T00:00:00Z"}, "invalid_starts_at"),
        ({"amount": 0}, "invalid_request"),
        ({"token": "4111111111111111"}, "card_number_refused"),
    ],
)
def test_what_makes_no_sense_is_refused(shop: Merchant, wrong: dict, code: str):
    body = {name: value for name, value in shop.sandpay.body().items() if name != "capture"}

    answer = shop.post("/v1/subscriptions", {**body, "interval": "month", **wrong})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
