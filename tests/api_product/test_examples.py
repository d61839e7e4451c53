"""The examples of the document are real: requests are taken as they stand, answers have the documented shape."""

import json

import pytest
from jsonschema import Draft202012Validator

from paymenthub.kernel import errors
from payments.api import schema

from .world import NOT_SET_UP, Operation, operations

# The marker has the test database made also where this file is run alone; the world stands around each test of it.
pytestmark = [pytest.mark.usefixtures("standing_world"), pytest.mark.django_db]
EXAMPLES = [
    (f"{operation} {name}".strip(), operation, body)
    for operation in operations()
    for name, body in (operation.request_examples or {"": None}).items()
]
MAPS = frozenset({"counts", "details"})
"""Fields whose names are data."""
NOTHING_TO_SHOW = frozenset({"analytics_decline_reasons_jsonl", "analytics_amount_transactions_by_day_last_year_jsonl"})
"""Rows of what the world does not have: a declined try, a year that is over."""


@pytest.fixture(scope="module", params=list(operations()), ids=str)
def operation(request) -> Operation:
    return request.param


def components() -> dict[str, object]:
    return json.loads(schema.document())["components"]


def validator(response: dict[str, object]) -> Draft202012Validator:
    """Validates as OpenAPI 3.0 means it: `nullable` stands for a null beside the type."""
    (content,) = response["content"].values()
    described = content["schema"]
    return Draft202012Validator(_with_null({**described, "components": components()}))


def _with_null(found):
    if isinstance(found, list):
        return [_with_null(item) for item in found]
    if not isinstance(found, dict):
        return found
    inner = {name: _with_null(item) for name, item in found.items() if name != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if found.get("nullable") is True else inner


def differences(real: object, example: object, name: str = "") -> list[str]:
    """Name where a real answer is made of something else than an example; null may stand for anything."""
    if real is None or example is None or name.rpartition(".")[2] in MAPS:
        return []
    if isinstance(real, dict) and isinstance(example, dict):
        odd = [f"{name}.{each}: in one only" for each in real.keys() ^ example.keys()]
        inner = [differences(real[each], example[each], f"{name}.{each}") for each in real.keys() & example.keys()]
        return odd + [found for each in inner for found in each]
    if isinstance(real, list) and isinstance(example, list) and name == "":
        odd = [] if len(real) == len(example) else [f"{len(real)} values, {len(example)}"]
        inner = [differences(*pair, f"[{at}]") for at, pair in enumerate(zip(real, example, strict=False))]
        return odd + [found for each in inner for found in each]
    if name.startswith("[") and isinstance(real, int | float) and isinstance(example, int | float):
        return []  # a number of a row, whole or not
    return [] if type(real) is type(example) else [f"{name}: {type(real).__name__}, {type(example).__name__}"]


@pytest.mark.parametrize(("called", "body"), [pytest.param(*each[1:], id=each[0]) for each in EXAMPLES])
def test_every_example_request_is_taken_and_answered_in_the_shape_of_an_example(world, called, body):
    status, described = called.answer
    # An example's body stands as it is, down to its order's number; only ids are those of this hub.
    response = world.send_where_it_fits(called, world.key, body=body)

    is_refused = "always refused (501" in called.described["description"]
    if is_refused or called.described["operationId"] in NOT_SET_UP:
        assert (response.status_code, response.json()["code"]) == (501, "unsupported_operation")
        return
    assert response.status_code == status, response.text
    if "content" not in described:
        assert response.text == ""
        return
    ((media_type, content),) = described["content"].items()
    assert response["Content-Type"].partition(";")[0] == media_type
    if media_type == "application/x-ndjson" and "examples" in content:
        lines = [json.loads(line) for line in response.getvalue().splitlines()]
        shown = next(iter(content["examples"].values()))["value"]
        first = json.loads(shown.splitlines()[0]) if isinstance(shown, str) else shown
        if isinstance(first, list):
            assert lines or called.described["operationId"] in NOTHING_TO_SHOW
            assert [odd for line in lines for odd in differences(line, first)] == []
            return
        assert all("sagaId" in line and line.keys() <= first.keys() for line in lines)
        return
    if media_type == "text/csv" and "examples" in content:
        shown = next(iter(content["examples"].values()))["value"]
        assert response.getvalue().decode().splitlines()[0] == shown.splitlines()[0]
        return
    if media_type != "application/json":
        return  # a file
    documented = [each["value"] for each in content["examples"].values()]
    validator(described).validate(response.json())
    if not isinstance(response.json(), list):
        assert [] in [differences(response.json(), example) for example in documented]


def test_every_documented_answer_fits_its_own_schema(operation):
    for status, response in operation.described["responses"].items():
        content = next(iter(response.get("content", {"": {}}).values()))
        for name, example in content.get("examples", {}).items():
            problems = list(validator(response).iter_errors(example["value"]))
            assert problems == [], f"{status} {name}"


def test_what_the_hub_really_refuses_looks_like_the_documented_refusal(world, operation):
    response = world.send(operation, None)
    example = operation.described["responses"]["401"]["content"]["application/json"]["examples"]["unauthenticated"]
    assert response.status_code == 401
    assert differences(response.json(), example["value"]) == []


def test_every_operation_may_be_refused_for_being_called_too_often(operation):
    examples = operation.described["responses"]["429"]["content"]["application/json"]["examples"]
    assert list(examples) == [errors.RateLimited.code]
