"""POST /v1/refunds/bulk and GET /v1/refunds/bulk/{batchId}."""

import pytest
from jsonschema import Draft202012Validator

from payments.api.hub import bulk, examples
from payments.models import IdempotencyRecord, Refund, RefundBatch
from payments.services.merchants import create_api_key
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import Outcome
from tests import scripted
from tests.payments.api import payments
from tests.payments.api.conftest import error_of
from tests.payments.api.schemas import schema_of

PATH = "/v1/refunds/bulk"


@pytest.fixture
def paid(shop, script):
    return [payments.pay(shop, script, shopTransactionId=f"order-{number}") for number in range(3)]


def body_of(paid, **over):
    return {"batchId": "recall", "rows": [{"paymentId": payment.public_id} | over for payment in paid]}


def test_every_row_has_its_result(shop, backoffice, script, paid):
    script.refund = [
        script.refund[0],
        OutcomeUnknown("timeout"),
        scripted.refund(Outcome.DECLINED, 1299),
    ]
    body = body_of(paid)
    body["rows"].append({"paymentId": "nobody", "amount": None, "currency": "EUR", "reason": "recall"})
    response = backoffice.post(PATH, body)
    made = {refund.payment_id: refund.public_id for refund in Refund.objects.all()}
    rows = response.json()["rows"]
    assert response.status_code == 200
    assert {name: value for name, value in response.json().items() if name != "rows"} == {
        "batchId": "recall",
        "finished": True,
        "total": 4,
        "counts": {"OK": 1, "PENDING": 1, "KO": 1, "ERROR": 1},
    }
    assert rows[0] == {
        "row": 0,
        "paymentId": paid[0].public_id,
        "result": "OK",
        "resultDescription": "Refunded.",
        "refundId": made[paid[0].id],
        "amount": 1299,
        "currency": "EUR",
    }
    assert [(row["result"], row.get("refundId")) for row in rows[1:3]] == [
        ("PENDING", made[paid[1].id]),
        ("KO", made[paid[2].id]),
    ]
    assert rows[3] == {
        "row": 3,
        "paymentId": "nobody",
        "result": "ERROR",
        "resultDescription": "There is no such payment.",
        "error": {"code": "not_found", "message": "There is no such payment.", "details": {}},
    }
    assert shop.get(f"{PATH}/recall").json() == response.json()
    assert shop.get(f"/v1/refunds/{made[paid[0].id]}").json()["batchId"] == "recall"
    validator = Draft202012Validator(schema_of(bulk.BulkAnswer))
    for answer in (response.json(), *examples.BULK_ANSWERS.values()):
        validator.validate(answer)


def test_the_same_again_goes_on_and_refunds_nothing_twice(shop, script, paid):
    yes = script.refund[0]
    script.refund = [yes, Unavailable("down"), yes]
    first = shop.post(PATH, body_of(paid)).json()
    assert (first["finished"], first["counts"]) == (False, {"OK": 2, "WAITING": 1})
    second = shop.post(PATH, body_of(paid)).json()
    assert (second["finished"], second["counts"], script.count("refund")) == (True, {"OK": 3}, 4)
    assert shop.get("/v1/refunds/" + second["rows"][1]["refundId"]).json()["batchId"] == "recall"


def test_a_finished_answer_is_replayed_by_its_key_and_an_unfinished_one_is_not(shop, script, paid):
    script.refund = [Unavailable("down"), script.refund[0]]
    first = shop.post(PATH, body_of(paid), Idempotency_Key="k")
    assert (first.json()["finished"], IdempotencyRecord.objects.count()) == (False, 0)
    second = shop.post(PATH, body_of(paid), Idempotency_Key="k")
    assert (second.json()["finished"], "Idempotency-Replayed" in second) == (True, False)
    third = shop.post(PATH, body_of(paid), Idempotency_Key="k")
    assert (third.json(), third["Idempotency-Replayed"]) == (second.json(), "true")
    other = shop.post(PATH, body_of(paid[:1]) | {"batchId": "other"}, Idempotency_Key="k")
    assert error_of(other) == (422, "idempotency_key_reused", "Idempotency-Key")


def test_other_rows_under_a_known_batch_are_refused(shop, script, paid):
    shop.post(PATH, body_of(paid))
    assert error_of(shop.post(PATH, body_of(paid[:2]))) == (422, "batch_id_reused", "batchId")
    assert script.count("refund") == 3


def test_a_refund_that_the_provider_took_back_later_is_ko(shop, script, paid):
    shop.post(PATH, body_of(paid[:1]))
    Refund.objects.update(state="reversed")
    row = shop.get(f"{PATH}/recall").json()["rows"][0]
    assert (row["result"], row["resultDescription"]) == ("KO", "The provider took the refund back.")


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({"rows": [{"paymentId": "x"}]}, 400, "batchId"),
        ({"batchId": "", "rows": [{"paymentId": "x"}]}, 400, "batchId"),
        ({"batchId": "a b", "rows": [{"paymentId": "x"}]}, 400, "batchId"),
        ({"batchId": "a#2", "rows": [{"paymentId": "x"}]}, 400, "batchId"),
        ({"batchId": "x" * 51, "rows": [{"paymentId": "x"}]}, 400, "batchId"),
        ({"batchId": "a\n", "rows": [{"paymentId": "x"}]}, 400, "batchId"),
        ({"batchId": "a"}, 400, "rows"),
        ({"batchId": "a", "rows": []}, 400, "rows"),
        ({"batchId": "a", "rows": {}}, 400, "rows"),
        ({"batchId": "a", "rows": [{"paymentId": f"p{n}"} for n in range(1001)]}, 400, "rows"),
        ({"batchId": "a", "rows": [{}]}, 400, "rows[0].paymentId"),
        ({"batchId": "a", "rows": [{"paymentId": " "}]}, 400, "rows[0].paymentId"),
        ({"batchId": "a", "rows": [{"paymentId": "x"}, {"paymentId": "x"}]}, 400, "rows[1].paymentId"),
        ({"batchId": "a", "rows": [{"paymentId": "x", "amount": 0}]}, 400, "rows[0].amount"),
        ({"batchId": "a", "rows": [{"paymentId": "x", "amount": True}]}, 400, "rows[0].amount"),
        ({"batchId": "a", "rows": [{"paymentId": "x", "amount": 5, "currency": "eur"}]}, 400, "rows[0].currency"),
        ({"batchId": "a", "rows": [{"paymentId": "x", "amuont": 5}]}, 400, "rows[0].amuont"),
        ({"batchId": "a", "rows": [{"paymentId": "x", "reason": "4111111111111111"}]}, 422, "rows[0].reason"),
        ({"batchId": "a", "rows": [{"paymentId": "x"}], "dryRun": True}, 400, "dryRun"),
    ],
)
def test_wrong_batches_store_and_send_nothing(shop, script, paid, body, status, param):
    before = list(script.asked)
    response = shop.post(PATH, body)
    assert (response.status_code, response.json()["param"]) == (status, param)
    assert (RefundBatch.objects.count(), script.asked) == (0, before)


def test_a_thousand_rows_fit(shop, script):
    body = {"batchId": "a", "rows": [{"paymentId": "pay_" + f"{n:032x}", "reason": "recall"} for n in range(1000)]}
    answer = shop.post(PATH, body).json()
    assert (answer["finished"], answer["counts"]) == (True, {"ERROR": 1000})


def test_a_key_that_may_only_read_starts_no_batch(shop, project, paid):
    shop.post(PATH, body_of(paid[:1]))
    shop.secret = create_api_key(project=project, mode="test", scopes=["read"]).secret
    assert error_of(shop.post(PATH, body_of(paid))) == (403, "forbidden", None)
    assert shop.get(f"{PATH}/recall").status_code == 200


def test_somebody_elses_batch_is_not_there(shop, stranger, live_shop, paid):
    shop.post(PATH, body_of(paid[:1]))
    for who, name in ((stranger, "recall"), (live_shop, "recall"), (shop, "nothing"), (shop, "a%00b")):
        assert error_of(who.get(f"{PATH}/{name}")) == (404, "not_found", "batchId")


def test_the_documented_request_works(shop, script, paid):
    example = examples.BULK_BODIES["a_recall"]
    rows = [row | {"paymentId": payment.public_id} for row, payment in zip(example["rows"], paid, strict=False)]
    assert shop.post(PATH, example | {"rows": rows}).json()["counts"] == {"OK": 2}
