"""Authorise, capture, cancel and refund in the published shape: what is answered, and that a refusal sends nothing."""

import pytest
from jsonschema import Draft202012Validator

from payments.api import examples
from payments.api.gateway.responses import OperationAnswer
from payments.models import Attempt, Refund
from payments.services.merchants import create_api_key
from providers.errors import OutcomeUnknown, Rejected, Unavailable
from providers.types import Outcome
from tests import scripted

from . import payments
from .bodies import pay_body
from .conftest import error_of
from .schemas import schema_of

CARD = "4111 1111 1111 1111"
VERBS = ("capture", "cancel", "refund")


@pytest.fixture
def held(shop, script):
    return payments.hold(shop, script)


@pytest.fixture
def paid(shop, script):
    return payments.pay(shop, script)


@pytest.fixture
def sends_nothing(request, script):
    """Whatever the test does from here on, the PSP is asked nothing and no attempt is written."""
    for name in {"paid", "held"} & set(request.fixturenames):
        request.getfixturevalue(name)
    before = list(script.asked), Attempt.objects.count(), Refund.objects.count()
    yield
    assert (list(script.asked), Attempt.objects.count(), Refund.objects.count()) == before


def ask(shop, verb, payment, *, prefix="", **over):
    body = {"paymentId": payment.provider_payment_id}
    if verb == "refund":
        body |= {"amount": 500, "currency": "EUR"}
    body |= over
    return shop.post(f"{prefix}/scripted/{verb}", {name: value for name, value in body.items() if value is not None})


def metadata(payment, **over):
    payment.refresh_from_db()
    return {
        "hubPaymentId": payment.public_id,
        "state": payment.state,
        "currency": "EUR",
        "authorizedAmount": 1299,
        "capturedAmount": 1299,
        "capturableAmount": 0,
        "refundableAmount": 1299,
        "totalRefundedAmount": 0,
    } | over


@pytest.mark.parametrize("prefix", ["", "/v3"])
def test_authorise_holds_and_takes_nothing(shop, script, prefix):
    script.pay = [scripted.payment(Outcome.AUTHORIZED)]
    response = shop.post(f"{prefix}/scripted/credit-cards/authorize", pay_body())
    assert (response.status_code, response.json()["result"]) == (200, "OK")
    assert response.json()["resultDescription"] == "Authorised, not captured yet."
    status = shop.get("/scripted/status", {"paymentId": "psp_1"}).json()
    assert (status["status"], status["metadata"]["authorized"]) == ("PENDING", True)
    assert (status["metadata"]["capturedAmount"], script.asked[0][0]) == (0, "pay")


def test_authorise_is_501_where_the_provider_cannot_hold(shop, settings):
    settings.PROVIDER_DRIVERS = ["tests.payments.api.drivers.MuteDriver"]
    response = shop.post("/mute/credit-cards/authorize", pay_body())
    assert error_of(response) == (501, "unsupported_operation", None)


def test_authorise_and_pay_under_one_shop_transaction_id_are_different_content(shop, script, held):
    assert error_of(shop.pay(pay_body())) == (409, "duplicate_transaction", "shopTransactionId")


@pytest.mark.parametrize("prefix", ["", "/v3"])
def test_capture_takes_all_that_is_held(shop, held, prefix):
    response = ask(shop, "capture", held, prefix=prefix)
    assert response.status_code == 200
    assert response.json() == {
        "result": "OK",
        "resultDescription": "Captured.",
        "paymentId": held.provider_payment_id,
        "metadata": metadata(held, amount=1299, state="PAYMENT_EXECUTED"),
    }


def test_capture_takes_parts_until_the_final_one(shop, held, script):
    first = ask(shop, "capture", held, amount=300, currency="EUR", final=False).json()["metadata"]
    assert (first["amount"], first["capturedAmount"], first["capturableAmount"]) == (300, 300, 999)
    last = ask(shop, "capture", held, amount=400).json()["metadata"]
    assert (last["capturedAmount"], last["capturableAmount"], last["authorizedAmount"]) == (700, 0, 700)
    assert [request.final for what, _, request in script.asked if what == "capture"] == [False, True]


def test_cancel_gives_held_money_up(shop, held):
    response = ask(shop, "cancel", held)
    assert response.json()["result"] == "OK"
    assert response.json()["metadata"] == metadata(
        held, amount=1299, authorizedAmount=0, capturedAmount=0, refundableAmount=0, state="PAYMENT_CANCELLED"
    )


def test_cancel_closes_what_nobody_has_paid(shop, script):
    waiting = payments.wait(shop, script)
    assert ask(shop, "cancel", waiting).json()["resultDescription"] == "Cancelled before it was paid."
    waiting.refresh_from_db()
    assert (waiting.state, waiting.claimed_shop_transaction_id) == ("PAYMENT_CANCELLED", None)


@pytest.mark.parametrize("prefix", ["", "/v3"])
def test_refund_gives_a_part_back_and_says_what_is_left(shop, paid, prefix):
    response = ask(shop, "refund", paid, prefix=prefix, reason="returned", providerData={"anything": 1})
    refund = Refund.objects.get()
    assert response.status_code == 200
    assert response.json() == {
        "result": "OK",
        "resultDescription": "Refunded.",
        "paymentId": paid.provider_payment_id,
        "metadata": metadata(
            paid, amount=500, refundableAmount=799, totalRefundedAmount=500, refundId=refund.public_id
        ),
    }
    assert (refund.reason, refund.actor.startswith("api_key:")) == ("returned", True)


def test_the_exact_remainder_passes_and_one_unit_more_does_not(shop, paid, script):
    ask(shop, "refund", paid, amount=1000)
    over = ask(shop, "refund", paid, amount=300)
    assert error_of(over) == (422, "over_refund", "amount")
    assert over.json()["details"]["refundable"] == 299
    assert ask(shop, "refund", paid, amount=299).json()["metadata"]["refundableAmount"] == 0
    assert script.count("refund") == 2


@pytest.mark.parametrize(
    ("answer", "word", "left"),
    [
        (scripted.refund(Outcome.DECLINED, 500), "KO", 1299),
        (Rejected("no", psp_code="x"), "KO", 1299),
        (scripted.refund(Outcome.PENDING, 500), "PENDING", 799),
        (OutcomeUnknown("timeout"), "PENDING", 799),
    ],
)
def test_s13_a_refusal_is_ko_and_doubt_keeps_the_reserve(shop, paid, script, answer, word, left):
    script.refund = [answer]
    response = ask(shop, "refund", paid)
    assert (response.status_code, response.json()["result"]) == (200, word)
    assert response.json()["metadata"]["refundableAmount"] == left


def test_a_refund_that_was_not_sent_is_503_and_gives_the_reserve_back(shop, paid, script):
    script.refund = [Unavailable("down")]
    response = ask(shop, "refund", paid)
    assert error_of(response) == (503, "provider_unavailable", None)
    paid.refresh_from_db()
    assert (paid.refund_reserved, paid.refundable) == (0, 1299)


@pytest.mark.usefixtures("sends_nothing")
class TestRefused:
    """Nothing is sent and nothing is written."""

    @pytest.mark.parametrize("verb", VERBS)
    @pytest.mark.parametrize("wire_id", [None, "", "   ", "x" * 256, "a\x07b", 7])
    def test_an_id_that_cannot_be_one(self, shop, paid, verb, wire_id):
        response = ask(shop, verb, paid, paymentId=wire_id)
        assert error_of(response) == (400, "invalid_field", "paymentId")

    @pytest.mark.parametrize("verb", VERBS)
    @pytest.mark.parametrize("wire_id", ["psp_nothing", "pay_" + "0" * 32])
    def test_a_payment_that_is_not_there(self, shop, paid, verb, wire_id):
        assert error_of(ask(shop, verb, paid, paymentId=wire_id)) == (404, "not_found", "paymentId")

    @pytest.mark.parametrize("verb", VERBS)
    def test_somebody_elses_payment_is_not_there(self, stranger, live_shop, shop, paid, verb):
        for other in (stranger, live_shop):
            assert error_of(ask(other, verb, paid)) == (404, "not_found", "paymentId")
            assert error_of(ask(other, verb, paid, paymentId=paid.public_id)) == (404, "not_found", "paymentId")

    @pytest.mark.parametrize("verb", VERBS)
    def test_a_payment_at_another_provider_is_not_there(self, shop, paid, verb):
        body = {"paymentId": paid.public_id, "amount": 1, "currency": "EUR"}
        body = {"paymentId": paid.public_id} if verb == "cancel" else body
        assert error_of(shop.post(f"/other/{verb}", body)) == (404, "not_found", "paymentId")

    @pytest.mark.parametrize("verb", ["capture", "refund"])
    @pytest.mark.parametrize("amount", [0, -1, True, "500", 5.0, 10**15 + 1, [1]])
    def test_amounts_that_are_no_plain_positive_integer(self, shop, paid, verb, amount):
        assert error_of(ask(shop, verb, paid, amount=amount)) == (400, "invalid_field", "amount")

    @pytest.mark.parametrize("amount", [b"1e3", b"5.5", b"NaN", b"1.0"])
    def test_amounts_that_json_writes_otherwise(self, shop, paid, amount):
        raw = b'{"paymentId": "%s", "currency": "EUR", "amount": %s}' % (paid.public_id.encode(), amount)
        assert shop.send("/scripted/refund", raw).status_code == 400

    def test_a_refund_without_amount_says_how_to_refund_the_rest(self, shop, paid):
        for body in ({}, {"amount": None}):
            response = shop.post("/scripted/refund", {"paymentId": paid.public_id, "currency": "EUR"} | body)
            assert error_of(response) == (400, "invalid_field", "amount")
            assert "amounts.refundable" in response.json()["message"]

    @pytest.mark.parametrize("verb", ["capture", "refund"])
    @pytest.mark.parametrize(
        ("currency", "expected"), [("USD", (422, "unprocessable")), ("eur", (400, "invalid_field"))]
    )
    def test_s68_another_currency(self, shop, paid, verb, currency, expected):
        assert error_of(ask(shop, verb, paid, amount=1, currency=currency)) == (*expected, "currency")

    def test_a_refund_without_currency(self, shop, paid):
        assert error_of(ask(shop, "refund", paid, currency=None)) == (400, "invalid_field", "currency")

    @pytest.mark.parametrize(("over", "param"), [({"amuont": 5}, "amuont"), ({"final": "yes"}, "final")])
    def test_a_misspelt_capture_does_not_take_everything(self, shop, paid, over, param):
        assert error_of(ask(shop, "capture", paid, **over)) == (400, "invalid_field", param)

    @pytest.mark.parametrize(("reason", "expected"), [("x" * 65, 400), ("a\nb", 400), (f"card {CARD}", 422)])
    def test_a_reason_that_is_none(self, shop, paid, reason, expected):
        response = ask(shop, "refund", paid, reason=reason)
        assert (response.status_code, response.json()["param"]) == (expected, "reason")
        assert "4111" not in response.text

    def test_a_card_number_beside_a_refund(self, shop, paid):
        response = ask(shop, "refund", paid, providerData={"number": CARD})
        assert error_of(response) == (422, "unprocessable", "providerData.number")

    @pytest.mark.parametrize("verb", ["capture", "cancel"])
    def test_s10_nothing_is_held_any_more(self, shop, paid, verb):
        response = ask(shop, verb, paid)
        assert error_of(response) == (409, "wrong_state", None)
        assert response.json()["details"] == {
            "state": "PAYMENT_EXECUTED",
            "currency": "EUR",
            "authorized": 1299,
            "captured": 1299,
            "capturable": 0,
            "refundable": 1299,
        }

    def test_s10_more_than_is_held(self, shop, held):
        response = ask(shop, "capture", held, amount=1300)
        assert error_of(response) == (409, "over_capture", None)
        assert response.json()["details"]["capturable"] == 1299

    def test_a_refund_of_what_was_never_taken(self, shop, held):
        response = ask(shop, "refund", held)
        assert error_of(response) == (409, "wrong_state", None)
        assert response.json()["details"]["captured"] == 0

    @pytest.mark.parametrize("verb", VERBS)
    def test_a_key_that_may_only_read(self, shop, project, paid, verb):
        shop.secret = create_api_key(project=project, mode="test", scopes=["read"]).secret
        assert error_of(ask(shop, verb, paid)) == (403, "forbidden", None)


def test_one_operation_at_a_time(shop, held, script):
    script.capture = [scripted.capture(Outcome.PENDING, 300)]
    assert ask(shop, "capture", held, amount=300, final=False).json()["result"] == "PENDING"
    before = len(script.asked)
    response = ask(shop, "cancel", held)
    assert error_of(response) == (409, "operation_in_progress", None)
    assert (response.json()["details"]["kind"], len(script.asked)) == ("capture", before)


@pytest.mark.parametrize(("verb", "count"), [("capture", 1), ("refund", 1)])
def test_the_same_request_within_a_minute_is_answered_with_the_first_one(shop, script, verb, count):
    payment = payments.hold(shop, script) if verb == "capture" else payments.pay(shop, script)
    first, second = ask(shop, verb, payment, amount=500), ask(shop, verb, payment, amount=500)
    assert second.json() == first.json()
    assert (second["Idempotency-Replayed"], "Idempotency-Replayed" in first) == ("true", False)
    assert script.count(verb) == count


def test_s66_currencies_without_minor_units_are_plain_integers_too(shop, script):
    script.pay = [scripted.payment(Outcome.SUCCEEDED, amount=500, currency="JPY")]
    shop.pay(pay_body(amount=500, currency="JPY"))
    script.refund = [OutcomeUnknown("timeout")]
    body = {"paymentId": "psp_1", "amount": 501, "currency": "JPY"}
    assert shop.post("/scripted/refund", body).json()["details"]["refundable"] == 500
    assert shop.post("/scripted/refund", body | {"amount": 500}).json()["metadata"]["amount"] == 500


def test_s19_a_refund_goes_to_the_account_of_the_charge_also_when_it_is_disabled(shop, paid, script, account):
    account.standing = "disabled"
    account.save()
    assert ask(shop, "refund", paid).json()["result"] == "OK"
    assert script.asked[-1][0] == "refund"


def test_answers_are_what_the_document_says(shop, script, paid):
    validator = Draft202012Validator(schema_of(OperationAnswer))
    validator.validate(ask(shop, "refund", paid).json())
    for group in (examples.CAPTURE_ANSWERS, examples.CANCEL_ANSWERS, examples.REFUND_ANSWERS):
        for example in group.values():
            validator.validate(example)


@pytest.mark.parametrize("verb", VERBS)
def test_the_documented_requests_work(shop, script, verb):
    for number, example in enumerate(getattr(examples, f"{verb.upper()}_REQUESTS").values()):
        order = f"order-{number}"
        make = payments.pay if verb == "refund" else payments.hold
        payment = make(shop, script, shopTransactionId=order)
        answer = shop.post(f"/scripted/{verb}", example | {"paymentId": payment.provider_payment_id})
        assert answer.json()["result"] == "OK"
