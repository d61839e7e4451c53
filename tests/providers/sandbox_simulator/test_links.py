"""Payment links: one payment by whatever means, until it is paid, ended or too late."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from .process import Sandpay
from .receiver import Receiver


def _asked(sandpay: Sandpay, amount: int = 1299, **over: object) -> dict:
    body = sandpay.body(amount, metadata={"hub_attempt": "att_1"}, **over)
    return {name: value for name, value in body.items() if name not in ("method", "capture", "token")}


def _link(sandpay: Sandpay, amount: int = 1299, **over: object) -> dict:
    answer = sandpay.post("/v1/links", _asked(sandpay, amount, **over))
    assert answer.status_code == 201, answer.text
    return answer.json()


def _open(link: dict) -> httpx.Response:
    return httpx.get(link["url"], trust_env=False, follow_redirects=True)


def _choose(sandpay: Sandpay, link: dict, choice: str, action: str = "pay") -> httpx.Response:
    form = {"action": action, "choice": choice}
    return httpx.post(f"{sandpay.url}/pay/{link['payment']['id']}", data=form, trust_env=False)


def _status(sandpay: Sandpay, link: dict) -> str:
    return sandpay.api.get(f"/v1/links/{link['id']}").json()["status"]


def test_a_link_offers_every_method_and_is_used_up_by_one_payment(sandpay: Sandpay, receiver: Receiver):
    told = receiver.url()
    link = _link(sandpay, notification_url=told)
    assert (link["status"], link["payment"]["checkout_url"]) == ("active", link["url"])
    assert {"visa", "wallet", "bank"} <= set(re.findall(r'value="(\w+)"', _open(link).text))

    paid = _choose(sandpay, link, "wallet")
    again = _choose(sandpay, link, "visa")

    assert paid.headers["location"] == again.headers["location"]
    hook = receiver.wait(told, 1)[0]
    assert (hook.type, hook.object["link"], hook.object["method"]) == ("payment.paid", link["id"], "wallet")
    assert hook.object["metadata"] == {"hub_attempt": "att_1"}
    assert sandpay.ledger(link["reference"]) == [("charge", 1299)]
    assert "This payment is paid" in _open(link).text
    assert _status(sandpay, link) == "used"
    assert sandpay.post(f"/v1/links/{link['id']}/expire").status_code == 409


def test_a_declined_try_and_a_customer_who_leaves_end_nothing(sandpay: Sandpay, receiver: Receiver):
    told = receiver.url()
    link = _link(sandpay, notification_url=told)

    assert _choose(sandpay, link, "poor").headers["location"] == f"/pay/{link['payment']['id']}"
    assert "Declined: insufficient funds" in _open(link).text
    assert _choose(sandpay, link, "", action="cancel").headers["location"].startswith("http://shop.test/back")
    assert _status(sandpay, link) == "active"
    assert receiver.got(told) == []

    _choose(sandpay, link, "visa")
    assert receiver.wait(told, 1)[0].object["decline_code"] is None


def test_a_link_that_was_ended_or_is_too_late_cannot_be_paid(own_sandpay: Sandpay):
    ended = _link(own_sandpay)
    assert own_sandpay.post(f"/v1/links/{ended['id']}/expire").json()["status"] == "expired"
    late = _link(own_sandpay, expires_at=(datetime.now(UTC) + timedelta(days=2)).isoformat())
    own_sandpay.advance(86400)
    assert _status(own_sandpay, late) == "active"
    own_sandpay.advance(86400)

    for link in (ended, late):
        assert _status(own_sandpay, link) == "expired"
        assert _open(link).status_code == 410
        assert _choose(own_sandpay, link, "visa").status_code == 410
        assert own_sandpay.ledger(link["reference"]) == []


def test_the_same_key_makes_one_link_though_its_answer_was_lost(sandpay: Sandpay):
    asked = _asked(sandpay)
    sandpay.fault("link", "error_after_charge", reference=asked["reference"])

    lost = sandpay.post("/v1/links", asked, key=f"key-{asked['reference']}")
    again = sandpay.post("/v1/links", asked, key=f"key-{asked['reference']}")

    assert (lost.status_code, again.status_code) == (500, 201)
    assert [each["link"] for each in sandpay.by_reference(asked["reference"])] == [again.json()["id"]]


@pytest.mark.parametrize("ends", [timedelta(seconds=-1), timedelta(seconds=30), timedelta(days=400)])
def test_an_end_that_is_too_near_or_too_far_is_refused(sandpay: Sandpay, ends: timedelta):
    answer = sandpay.post("/v1/links", _asked(sandpay, expires_at=(datetime.now(UTC) + ends).isoformat()))

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_expires_at")


def test_there_is_no_page_for_a_link_that_nobody_made(sandpay: Sandpay):
    assert _open({"url": f"{sandpay.url}/l/sl_no"}).status_code == 404
    assert sandpay.api.get("/v1/links/sl_no").status_code == 404
