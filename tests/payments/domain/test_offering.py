"""What one customer is offered, in which order, and why."""

from dataclasses import replace

import pytest

from paymenthub.kernel import ids
from paymenthub.kernel.money import Money
from payments.domain.adaptive import Decision, Rule
from payments.domain.devices import Device, device_of, redirect_for, runs_apple_pay
from payments.domain.offering import Candidate, Client, Hidden, Limit, Wanted, offer

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
CHROME_IOS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/130.0 Mobile/15E148 Safari/604.1"
)
IPAD = "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Safari/604.1"
MAC_SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15"
MAC_CHROME = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36"
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36"


def one(method: str = "credit-cards", provider: str = "stripe", account: str = "main", **over) -> Candidate:
    return Candidate(ids.new_uuid(), account, provider, method, **over)


def ruled(*names: str) -> Decision:
    response = [dict(zip(("provider", "paymentMethod"), name.split("/"), strict=True)) for name in names]
    return Decision(Rule("web", 1, "paymentMethods", (), response))


def shown(*candidates: Candidate, client=Client(), allowed=(), decision=Decision(None), money=Money(1299, "EUR")):  # noqa: B008
    made = offer(candidates, wanted=Wanted(money, allowed), client=client, decision=decision)
    assert [each for each in made.explained if each.reason_hidden is None] == list(made.methods)
    assert all(each.why for each in made.explained)
    return made


def names(made) -> list[str]:
    return [f"{each.provider}/{each.method}" for each in made.methods]


CARD, PAYPAL, WALLET = one(), one("pay-pal"), one("wallet", "sandbox")


def test_without_a_rule_every_method_is_offered_in_the_accounts_order():
    made = shown(CARD, PAYPAL, WALLET)
    assert names(made) == ["stripe/credit-cards", "stripe/pay-pal", "sandbox/wallet"]
    assert made.rule_id == ""
    assert made.methods[0].label_key == "method.credit-cards"


def test_a_rule_chooses_and_orders():
    made = shown(CARD, PAYPAL, WALLET, decision=ruled("sandbox/wallet", "stripe/credit-cards"))
    assert names(made) == ["sandbox/wallet", "stripe/credit-cards"]
    assert made.rule_id == "web"
    assert made.explained[-1].why == "The rule «web» decides, and does not name it."
    assert made.explained[-1].reason_hidden is Hidden.RULE


def test_allowed_methods_narrow_a_rule_down_and_order_where_none_decides():
    allowed = ("wallet", "stripe/pay-pal")
    assert names(shown(CARD, PAYPAL, WALLET, allowed=allowed)) == ["sandbox/wallet", "stripe/pay-pal"]
    both = shown(CARD, PAYPAL, WALLET, allowed=allowed, decision=ruled("stripe/pay-pal", "sandbox/wallet"))
    assert names(both) == ["stripe/pay-pal", "sandbox/wallet"]


def test_an_empty_response_offers_nothing():
    assert names(shown(CARD, decision=ruled())) == []


def test_what_a_rule_or_the_payment_names_and_nobody_has_is_told():
    made = shown(CARD, decision=ruled("adyen/credit-cards", "stripe/credit-cards"), allowed=())
    assert [(each.provider, each.reason_hidden) for each in made.explained] == [
        ("stripe", None),
        ("adyen", Hidden.NO_ACCOUNT),
    ]
    made = shown(CARD, allowed=("nexi/credit-cards",))
    assert {each.reason_hidden for each in made.explained} == {Hidden.NOT_ALLOWED, Hidden.NO_ACCOUNT}


LIMIT = Limit(amounts={"EUR": (1000, 2000)})


@pytest.mark.parametrize(
    ("candidate", "client", "hidden"),
    [
        (one(is_active=False), Client(), Hidden.ACCOUNT_INACTIVE),
        (one(is_enabled=False), Client(), Hidden.PROVIDER_NOT_ENABLED),
        (one(offers=False), Client(), Hidden.OPERATION),
        (one(takes_currency=False), Client(), Hidden.CURRENCY),
        (one(is_down=True), Client(), Hidden.PROVIDER_DOWN),
        (one(limit=LIMIT), Client(), None),
        (one(limit=Limit(amounts={"EUR": (1299, 1299)})), Client(), None),
        (one(limit=Limit(amounts={"EUR": (1300, None)})), Client(), Hidden.AMOUNT),
        (one(limit=Limit(amounts={"EUR": (None, 1298)})), Client(), Hidden.AMOUNT),
        (one(limit=Limit(amounts={"USD": (1, None)})), Client(), Hidden.CURRENCY),
        (one(limit=Limit(countries=("IT", "DE"))), Client(country="DE"), None),
        (one(limit=Limit(countries=("IT", "DE"))), Client(country="FR"), Hidden.COUNTRY),
        (one(limit=Limit(countries=("IT",))), Client(), Hidden.COUNTRY),
        (one(limit=Limit(devices=("phone",))), Client(device="phone"), None),
        (one(limit=Limit(devices=("phone",))), Client(), Hidden.DEVICE),
        (one("applepay"), Client(), Hidden.DEVICE),
        (one("applepay"), Client(apple_pay=True), None),
        (one("applepay"), Client(user_agent=IPHONE), None),
        (one("applepay"), Client(user_agent=MAC_CHROME), Hidden.DEVICE),
    ],
)
def test_each_reason_that_hides_a_method(candidate, client, hidden):
    assert [each.reason_hidden for each in shown(candidate, client=client).explained] == [hidden]


def test_a_second_account_takes_over_where_the_first_cannot():
    second = one(account="second")
    made = shown(CARD, second)
    assert [(each.account_name, each.reason_hidden) for each in made.explained] == [
        ("main", None),
        ("second", Hidden.OTHER_ACCOUNT),
    ]
    made = shown(replace(CARD, is_down=True), second)
    assert [each.account_name for each in made.methods] == ["second"]


def test_phones_are_sent_to_the_mobile_address():
    assert shown(CARD, client=Client(device="phone")).methods[0].redirect_kind == "mobile"
    assert shown(CARD).methods[0].redirect_kind == "desktop"
    assert redirect_for("phone", url="u", url_mobile="m") == "m"
    assert redirect_for("phone", url="u", url_mobile="") == "u"
    assert redirect_for("desktop", url="u", url_mobile="m") == "u"
    assert redirect_for("desktop", url="", url_mobile="m") == "m"


@pytest.mark.parametrize(
    ("user_agent", "device", "apple_pay"),
    [
        (IPHONE, Device.PHONE, True),
        (CHROME_IOS, Device.PHONE, True),
        (IPAD, Device.DESKTOP, True),
        (MAC_SAFARI, Device.DESKTOP, True),
        (MAC_CHROME, Device.DESKTOP, False),
        (ANDROID, Device.PHONE, False),
        (WINDOWS, Device.DESKTOP, False),
        ("", Device.DESKTOP, False),
    ],
)
def test_a_browser_tells_phone_or_desktop_and_whether_apple_pay_runs(user_agent, device, apple_pay):
    assert (device_of(user_agent), runs_apple_pay(user_agent)) == (device, apple_pay)
