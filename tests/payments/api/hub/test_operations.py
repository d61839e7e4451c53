"""Capture, cancel, expire and refund by `/v1`: what is answered, and that a refusal sends nothing."""

import pytest
from jsonschema import Draft202012Validator

from paymenthub.kernel import ids
from paymenthub.kernel.money import Money
from payments.api import examples as gateway_examples
from payments.api.gateway.responses import OperationAnswer
from payments.api.hub import examples
from payments.api.hub.objects import RefundObject
from payments.api.hub.refunds import RefundAnswer
from payments.models import Attempt, Payment, Refund
from payments.services.merchants import create_api_key
from payments.verdicts import external
from payments.verdicts.apply import Told
from providers.errors import OutcomeUnknown
from providers.types import Outcome, Reference, Subject, Verdict
from tests import scripted
from tests.payments.api import payments
from tests.payments.api.conftest import error_of
from tests.payments.api.schemas import schema_of

CARD = "5555 5555 5555 4444"
VERBS = ("capture", "cancel", "expire", "refunds")


@pytest.fixture
def held(shop, script):
    return payments.hold(shop, script)


@pytest.fixture
def paid(shop, script):
    return payments.pay(shop, script)


def ask(shop, verb, payment, body=None, **headers):
    if body is None:
        body = {"amount": 500} if verb == "refunds" else {}
    wire_id = payment.public_id if isinstance(payment, Payment) else payment
    return shop.post(f"/v1/payments/{wire_id}/{verb}", body, **headers)


def charge_back(payment, amount):
    verdict = Verdict(
        Subject.CHARGEBACK, Outcome.SUCCEEDED, Money(amount, "EUR"), references=(Reference("chargeback", "cb_1"),)
    )
    external.record(payment_id=payment.id, verdict=verdict, told=Told("webhook"))


@pytest.mark.parametrize("name", [lambda p: p.public_id, lambda p: str(p.id), lambda p: p.provider_payment_id])
def test_any_id_of_a_payment_will_do(shop, held, name):
    response = ask(shop, "capture", name(held), {"amount": 300, "final": False})
    assert (response.status_code, response.json()["metadata"]["capturedAmount"]) == (200, 300)


def test_capture_without_amount_takes_all(shop, held):
    assert ask(shop, "capture", held).json()["metadata"]["capturedAmount"] == 1299


def test_cancel_gives_held_money_up(shop, held):
    assert ask(shop, "cancel", held).json()["metadata"]["state"] == "PAYMENT_CANCELLED"


@pytest.mark.parametrize("who", ["shop", "backoffice"])
def test_expire_ends_the_wait_for_a_customer(request, shop, script, who):
    waiting = payments.wait(shop, script)
    answer = ask(request.getfixturevalue(who), "expire", waiting).json()
    assert (answer["result"], answer["metadata"]["state"]) == ("OK", "PAYMENT_EXPIRED")
    waiting.refresh_from_db()
    assert waiting.claimed_shop_transaction_id is None


def test_no_body_will_do_where_nothing_need_be_said(shop, held):
    response = shop.send(f"/v1/payments/{held.public_id}/cancel", b"")
    assert response.json()["result"] == "OK"


@pytest.mark.parametrize("who", ["shop", "backoffice"])
def test_a_refund_is_answered_with_all_that_is_known_of_it(request, script, paid, who):
    body = {"amount": 500, "currency": "EUR", "reason": "returned", "note": "One mug\nwas broken."}
    response = ask(request.getfixturevalue(who), "refunds", paid, body)
    row = Refund.objects.get()
    answer = response.json()
    assert response.status_code == 200
    assert (answer["result"], answer["resultDescription"]) == ("OK", "Refunded.")
    assert answer["refund"] == {
        "id": row.public_id,
        "paymentId": paid.provider_payment_id,
        "hubPaymentId": paid.public_id,
        "amount": 500,
        "currency": "EUR",
        "state": "succeeded",
        "inDoubt": False,
        "reason": "returned",
        "note": "One mug\nwas broken.",
        "actor": row.actor,
        "batchId": None,
        "overChargeback": False,
        "failure": "",
        "createdAt": answer["refund"]["createdAt"],
        "decidedAt": answer["refund"]["decidedAt"],
    }
    assert answer["amounts"] == {
        "authorized": 1299,
        "captured": 1299,
        "capturable": 0,
        "refunded": 500,
        "refundReserved": 0,
        "refundedElsewhere": 0,
        "chargedBack": 0,
        "refundable": 799,
    }
    assert ids.parse_public_id("key", row.actor.removeprefix("api_key:")) is not None


def test_a_refund_is_read_by_its_id(shop, backoffice, script, paid):
    script.refund = [OutcomeUnknown("timeout")]
    made = ask(shop, "refunds", paid).json()
    assert (made["result"], made["refund"]["state"], made["refund"]["inDoubt"]) == ("PENDING", "open", True)
    for wire_id in (made["refund"]["id"], made["refund"]["id"].removeprefix("rf_")):
        for who in (shop, backoffice):
            assert who.get(f"/v1/refunds/{wire_id}").json() == made["refund"]


@pytest.mark.parametrize("wire_id", ["rf_" + "0" * 32, "nothing", "rf_x", "a%00b"])
def test_a_refund_that_is_not_there(shop, paid, wire_id):
    assert error_of(shop.get(f"/v1/refunds/{wire_id}")) == (404, "not_found", "refundId")


def test_somebody_elses_refund_is_not_there(shop, stranger, live_shop, paid):
    made = ask(shop, "refunds", paid).json()["refund"]["id"]
    for other in (stranger, live_shop):
        assert error_of(other.get(f"/v1/refunds/{made}")) == (404, "not_found", "refundId")


def test_an_expected_remainder_must_hold(shop, paid, script):
    assert ask(shop, "refunds", paid, {"amount": 300, "expectedRefundable": 1299}).json()["result"] == "OK"
    moved = ask(shop, "refunds", paid, {"amount": 300, "expectedRefundable": 1299})
    assert error_of(moved) == (412, "precondition_failed", None)
    assert moved.json()["details"]["refundable"] == 999
    assert script.count("refund") == 1


def test_s16_after_a_chargeback_only_an_explicit_override_with_its_reason_refunds(shop, backoffice, paid, script):
    charge_back(paid, 1299)
    refused = ask(shop, "refunds", paid)
    assert error_of(refused) == (409, "refund_after_chargeback", None)
    override = {"amount": 500, "overChargeback": True, "reason": "goodwill"}
    assert error_of(ask(shop, "refunds", paid, override)) == (403, "forbidden", "overChargeback")
    no_reason = ask(backoffice, "refunds", paid, override | {"reason": " "})
    assert error_of(no_reason) == (400, "invalid_field", "reason")
    assert script.count("refund") == 0
    answer = ask(backoffice, "refunds", paid, override).json()
    assert (answer["result"], answer["refund"]["overChargeback"]) == ("OK", True)
    assert answer["refund"]["actor"].startswith("api_key:")


class TestRefused:
    """Nothing is sent and nothing is written."""

    @pytest.fixture(autouse=True)
    def _sends_nothing(self, request, script):
        for name in {"paid", "held"} & set(request.fixturenames):
            request.getfixturevalue(name)
        before = list(script.asked), Attempt.objects.count(), Refund.objects.count()
        yield
        assert (list(script.asked), Attempt.objects.count(), Refund.objects.count()) == before

    @pytest.mark.parametrize("verb", VERBS)
    @pytest.mark.parametrize("wire_id", ["pay_" + "0" * 32, "nothing", "a%00b", "x" * 256])
    def test_a_payment_that_is_not_there(self, shop, paid, verb, wire_id):
        assert error_of(ask(shop, verb, wire_id)) == (404, "not_found", "paymentId")

    @pytest.mark.parametrize("verb", VERBS)
    def test_somebody_elses_payment_is_not_there(self, stranger, live_shop, paid, verb):
        for other in (stranger, live_shop):
            assert error_of(ask(other, verb, paid)) == (404, "not_found", "paymentId")

    @pytest.mark.parametrize("verb", VERBS)
    def test_fields_that_nobody_knows(self, shop, paid, verb):
        body = {"amount": 5} if verb == "refunds" else {}
        response = ask(shop, verb, paid, body | {"expectedRefundabel": 1})
        assert error_of(response) == (400, "invalid_field", "expectedRefundabel")

    @pytest.mark.parametrize("verb", ["capture", "refunds"])
    @pytest.mark.parametrize("amount", [0, -1, True, "500", 5.5, 10**15 + 1])
    def test_amounts_that_are_no_plain_positive_integer(self, shop, paid, verb, amount):
        assert error_of(ask(shop, verb, paid, {"amount": amount})) == (400, "invalid_field", "amount")

    def test_a_refund_without_amount_says_how_to_refund_the_rest(self, shop, paid):
        response = ask(shop, "refunds", paid, {"reason": "returned"})
        assert error_of(response) == (400, "invalid_field", "amount")
        assert "amounts.refundable" in response.json()["message"]

    @pytest.mark.parametrize("verb", ["capture", "refunds"])
    @pytest.mark.parametrize(("currency", "status"), [("USD", 422), ("eur", 400), ("ZZZ", 400), (978, 400)])
    def test_s68_another_currency(self, shop, paid, verb, currency, status):
        response = ask(shop, verb, paid, {"amount": 1, "currency": currency})
        assert (response.status_code, response.json()["param"]) == (status, "currency")

    @pytest.mark.parametrize(
        ("over", "status", "param"),
        [
            ({"reason": "x" * 65}, 400, "reason"),
            ({"reason": f"card {CARD}"}, 422, "reason"),
            ({"note": "x" * 501}, 400, "note"),
            ({"note": f"his card is {CARD}"}, 422, "note"),
            ({"note": 7}, 400, "note"),
            ({"expectedRefundable": -1}, 400, "expectedRefundable"),
            ({"expectedRefundable": "1299"}, 400, "expectedRefundable"),
            ({"overChargeback": "yes"}, 400, "overChargeback"),
        ],
    )
    def test_wrong_refunds(self, shop, paid, over, status, param):
        response = ask(shop, "refunds", paid, {"amount": 5} | over)
        assert (response.status_code, response.json()["param"]) == (status, param)
        assert "5555" not in response.text

    def test_s12_more_than_is_left(self, shop, paid):
        response = ask(shop, "refunds", paid, {"amount": 1300})
        assert error_of(response) == (422, "over_refund", "amount")
        assert response.json()["details"]["refundable"] == 1299

    @pytest.mark.parametrize("verb", ["capture", "cancel", "expire"])
    def test_a_state_that_does_not_allow_it(self, shop, paid, verb):
        response = ask(shop, verb, paid)
        assert error_of(response) == (409, "wrong_state", None)
        assert response.json()["details"]["captured"] == 1299

    def test_expire_is_not_for_held_money(self, shop, held):
        assert error_of(ask(shop, "expire", held)) == (409, "wrong_state", None)

    @pytest.mark.parametrize("verb", VERBS)
    def test_a_key_that_may_only_read(self, shop, project, paid, verb):
        shop.secret = create_api_key(project=project, mode="test", scopes=["read"]).secret
        assert error_of(ask(shop, verb, paid)) == (403, "forbidden", None)

    @pytest.mark.parametrize("verb", ["capture", "cancel"])
    def test_a_backoffice_takes_no_money(self, backoffice, paid, verb):
        assert error_of(ask(backoffice, verb, paid)) == (403, "forbidden", None)


def test_answers_are_what_the_document_says(shop, script, paid):
    made = ask(shop, "refunds", paid).json()
    for kind, answers in (
        (RefundAnswer, [made, *examples.REFUND_ANSWERS.values()]),
        (RefundObject, [made["refund"], *examples.REFUNDS.values()]),
        (OperationAnswer, [*examples.EXPIRE_ANSWERS.values(), *gateway_examples.CAPTURE_ANSWERS.values()]),
    ):
        validator = Draft202012Validator(schema_of(kind))
        for answer in answers:
            validator.validate(answer)


def test_the_documented_requests_work(shop, script):
    for number, example in enumerate(examples.REFUND_BODIES.values()):
        paid = payments.pay(shop, script, shopTransactionId=f"paid-{number}")
        assert ask(shop, "refunds", paid, example).json()["result"] == "OK"
    for number, example in enumerate(examples.CAPTURE_BODIES.values()):
        held = payments.hold(shop, script, shopTransactionId=f"held-{number}")
        assert ask(shop, "capture", held, example).json()["result"] == "OK"


def test_a_decline_at_the_provider_is_ko_and_the_refund_says_why(shop, script, paid):
    script.refund = [scripted.refund(Outcome.DECLINED, 500)]
    answer = ask(shop, "refunds", paid).json()
    assert (answer["result"], answer["refund"]["state"], answer["refund"]["failure"]) == ("KO", "failed", "other")
    assert answer["amounts"]["refundable"] == 1299
