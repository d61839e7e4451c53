"""Be a customer with a browser that knows no JavaScript."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from .process import ROOT


def _open(sandpay, amount=1299, **over):
    payment = sandpay.payment(amount, token=None, **over)
    return payment, payment["checkout_url"]


def _pay(url, choice="visa", action="pay", **more):
    return httpx.post(url, data={"action": action, "choice": choice}, trust_env=False, **more)


def test_the_page_tells_what_is_paid_and_needs_no_script(sandpay):
    payment, url = _open(sandpay, 123450, description="Boots <b>&", currency="EUR")
    page = httpx.get(url)
    assert page.status_code == 200
    assert "1,234.50" in page.text
    assert payment["reference"] in page.text
    assert "no real money" in page.text
    assert "Boots &lt;b&gt;&amp;" in page.text
    assert "<script" not in page.text
    assert set(re.findall(r'<input type="(\w+)"', page.text)) == {"radio"}
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "123,400"), ("KWD", "123.400"), ("EUR", "1,234.00")])
def test_amounts_are_written_with_the_currencys_own_decimals(sandpay, currency, shown):
    _, url = _open(sandpay, 123400, currency=currency)
    assert f">{shown}</span>" in httpx.get(url).text


@pytest.mark.parametrize(
    ("method", "choice", "status", "code"),
    [
        ("card", "visa", "paid", None),
        ("card", "poor", "declined", "insufficient_funds"),
        ("card", "expired", "declined", "expired_card"),
        ("card", "later", "processing", None),
        ("wallet", "wallet", "paid", None),
        ("bank_debit", "returned", "processing", None),
        ("bank_debit", "refused", "declined", "do_not_honor"),
    ],
)
def test_the_chosen_test_means_decides(sandpay, method, choice, status, code):
    payment, url = _open(sandpay, method=method)
    answer = _pay(url, choice)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"http://shop.test/back?cart=7&sandpay_payment={payment['id']}"
    shown = sandpay.fetch(payment["id"])
    assert (shown["status"], shown["decline_code"]) == (status, code)


@pytest.mark.parametrize(("action", "status"), [("confirm", "paid"), ("fail", "declined")])
def test_the_three_d_secure_step(sandpay, action, status):
    payment, url = _open(sandpay, return_url="http://shop.test/done")
    assert _pay(url, "three_d_secure").headers["location"] == f"/pay/{payment['id']}"
    assert "Is it you?" in httpx.get(url).text
    assert sandpay.ledger(payment["reference"]) == []
    answer = httpx.post(f"{url}/confirm", data={"action": action})
    assert answer.headers["location"] == f"http://shop.test/done?sandpay_payment={payment['id']}"
    assert sandpay.fetch(payment["id"])["status"] == status


def test_cancel_goes_to_the_cancel_address(sandpay):
    payment, url = _open(sandpay, cancel_url="http://shop.test/no#top")
    answer = _pay(url, action="cancel")
    assert answer.headers["location"] == f"http://shop.test/no?sandpay_payment={payment['id']}#top"
    assert sandpay.fetch(payment["id"])["status"] == "cancelled"
    assert httpx.get(url).status_code == 410
    assert _pay(url).status_code == 410
    assert sandpay.ledger(payment["reference"]) == []


def test_ten_clicks_on_pay_charge_once(sandpay):
    payment, url = _open(sandpay)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: _pay(url), range(10)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert sandpay.ledger(payment["reference"]) == [("charge", 1299)]
    assert "This payment is paid" in httpx.get(url).text


def test_pages_for_what_is_not_there_or_over(sandpay):
    assert httpx.get(f"{sandpay.url}/pay/sp_no").status_code == 404
    assert _pay(f"{sandpay.url}/pay/sp_no").status_code == 404
    payment, url = _open(sandpay)
    assert _pay(url, "no such card").status_code == 400
    assert httpx.post(f"{url}/confirm", data={"action": "confirm"}).status_code == 400
    sandpay.post(f"/v1/payments/{payment['id']}/expire")
    assert httpx.get(url).status_code == 410
    assert _pay(url).status_code == 410
    assert sandpay.ledger(payment["reference"]) == []


def test_a_manual_payment_is_only_reserved(sandpay):
    payment, url = _open(sandpay, capture="manual")
    _pay(url)
    assert sandpay.ledger(payment["reference"]) == [("authorize", 1299)]


def test_magic_amounts_work_on_the_page(sandpay, receiver):
    payment, url = _open(sandpay, 1261)
    _pay(url)
    assert sandpay.fetch(payment["id"])["decline_code"] == "insufficient_funds"

    payment, url = _open(sandpay, 1266)
    assert _pay(url).headers["location"] == f"/pay/{payment['id']}"
    httpx.post(f"{url}/confirm", data={"action": "confirm"})
    assert sandpay.fetch(payment["id"])["status"] == "paid"

    payment, url = _open(sandpay, 1272)
    assert _pay(url).status_code == 500
    assert sandpay.fetch(payment["id"])["status"] == "awaiting_customer"

    payment, url = _open(sandpay, 1273)
    assert _pay(url).status_code == 500
    assert sandpay.ledger(payment["reference"]) == [("charge", 1273)]

    payment, url = _open(sandpay, 1274)
    with pytest.raises(httpx.TransportError):
        _pay(url)
    assert sandpay.ledger(payment["reference"]) == [("charge", 1274)]

    payment, url = _open(sandpay, 1277)
    _pay(url)
    assert [sandpay.fetch(payment["id"])["status"] for _ in range(2)] == ["under_observation", "paid"]

    hook_url = receiver.url()
    payment, url = _open(sandpay, 1278, notification_url=hook_url)
    _pay(url)
    assert len(receiver.got(hook_url)) == 1


def test_the_index_lists_every_magic_amount(sandpay):
    page = httpx.get(f"{sandpay.url}/")
    endings = [int(ending) for ending in re.findall(r">…(\d\d)<", page.text)]
    assert endings == [61, 62, 63, 64, 65, 66, 67, 68, 69, 71, 72, 73, 74, 76, 77, 78, 79, 81, 82, 83, 84, 86, 87, 88]
    assert httpx.get(f"{sandpay.url}/static/sandpay.css").status_code == 200
    assert httpx.get(f"{sandpay.url}/healthz").json() == {"status": "ok"}


def test_the_documented_table_is_the_one_in_the_code(sandpay):
    page = httpx.get(f"{sandpay.url}/").text
    served = re.findall(r">…(\d\d)</td><td>(.+?)</td><td><code>(\w+)</code>", page)
    documented = re.findall(r"^\| (\d\d) \| `(\w+)` \| (.+) \|$", (ROOT / "docs/sandbox-psp.md").read_text(), re.M)
    assert [(ending, name, effect) for ending, effect, name in served] == documented
