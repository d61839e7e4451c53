import pytest

from paymenthub.kernel import errors

CATALOGUE = {
    "MalformedRequest": (400, "malformed_request", False),
    "InvalidField": (400, "invalid_field", False),
    "Unauthenticated": (401, "unauthenticated", False),
    "Forbidden": (403, "forbidden", False),
    "NotFound": (404, "not_found", False),
    "Conflict": (409, "conflict", False),
    "WrongState": (409, "wrong_state", False),
    "OperationInProgress": (409, "operation_in_progress", False),
    "IdempotencyInFlight": (409, "idempotency_in_flight", True),
    "DuplicateTransaction": (409, "duplicate_transaction", False),
    "PreconditionFailed": (412, "precondition_failed", False),
    "PayloadTooLarge": (413, "payload_too_large", False),
    "UnsupportedMediaType": (415, "unsupported_media_type", False),
    "Unprocessable": (422, "unprocessable", False),
    "IdempotencyKeyReused": (422, "idempotency_key_reused", False),
    "RateLimited": (429, "rate_limited", True),
    "UnsupportedOperation": (501, "unsupported_operation", False),
    "ProviderError": (502, "provider_error", False),
    "ProviderUnavailable": (503, "provider_unavailable", True),
    "Busy": (503, "busy", True),
}


def test_the_catalogue_of_errors_is_the_agreed_one():
    ours = [kind for kind in errors.all_errors() if kind.__module__ == errors.__name__]
    assert {kind.__name__: (kind.status, kind.code, kind.retryable) for kind in ours} == CATALOGUE


def test_all_errors_are_in_order_and_listed_once():
    listed = errors.all_errors()
    assert [kind.status for kind in listed] == sorted(kind.status for kind in listed)
    assert len(set(listed)) == len(listed)


def test_an_error_of_another_module_is_listed():
    class Odd(errors.WrongState):
        code = "odd"

    assert Odd in errors.all_errors()


def test_body_has_the_agreed_fields():
    error = errors.InvalidField("The amount must be an integer.", param="amount")
    assert errors.as_body(error, "req-1") == {
        "statusCode": 400,
        "error": "Bad Request",
        "message": "The amount must be an integer.",
        "code": "invalid_field",
        "param": "amount",
        "requestId": "req-1",
        "retryable": False,
    }


def test_details_are_in_the_body_when_there_are_some():
    error = errors.WrongState("It is captured.", details={"state": "CAPTURED"})
    assert errors.as_body(error, None)["details"] == {"state": "CAPTURED"}


def test_details_are_the_errors_own_copy():
    given = {"a": 1}
    error = errors.HubError("x", details=given)
    given["a"] = 2
    assert error.details == {"a": 1}


def test_one_error_can_be_declared_retryable_without_touching_its_class():
    assert errors.ProviderError("x", retryable=True).retryable
    assert not errors.ProviderError("x").retryable


def test_rate_limit_says_when_to_come_back():
    error = errors.RateLimited("Slower.", retry_after=7)
    assert error.retry_after == 7
    assert str(error) == "Slower."


@pytest.mark.parametrize("kind", errors.all_errors())
def test_every_error_has_a_reason_phrase(kind):
    error = kind("x", retry_after=1) if issubclass(kind, errors.RateLimited) else kind("x")
    assert errors.as_body(error, "r")["error"]
