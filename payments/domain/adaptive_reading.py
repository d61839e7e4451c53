"""Check a rule before it is kept, and read one that is kept."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from paymenthub.kernel.cards import contains_card_number
from paymenthub.kernel.errors import InvalidField, Unprocessable

from .adaptive import PAYMENT_METHODS, Condition, Rule, operator_named
from .adaptive_values import MEMBERSHIP, ORDERING, Operator, members

MOST_CONDITIONS = 20
MOST_VALUES = 300
MOST_PAIRS = 100
DEEPEST = 8
LONGEST_KEY = 255
LONGEST_VALUE = 8_192
LONGEST_RESPONSE = 16_384
HIGHEST_PRIORITY = 1_000_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_CODE = re.compile(r"[a-z][a-z0-9-]{0,31}")
_WORDS = "equals, not_equals, in, not_in, greater_than, greater_or_equal_than, less_than, less_or_equal_than"


def checked(*, rule_id: str, priority: int, type: str, conditions: Sequence[Mapping[str, Any]], response: Any) -> Rule:
    """Return the rule. Raises InvalidField that names the field, Unprocessable for what looks like a card number."""
    for name, text in (("ruleId", rule_id), ("type", type)):
        if not _NAME.fullmatch(text):
            raise InvalidField("1 to 64 letters, digits and _.-, the first a letter or digit.", param=name)
    if isinstance(priority, bool) or not -HIGHEST_PRIORITY <= priority <= HIGHEST_PRIORITY:
        raise InvalidField(f"A whole number from -{HIGHEST_PRIORITY} to {HIGHEST_PRIORITY}.", param="priority")
    if len(conditions) > MOST_CONDITIONS:
        raise InvalidField(f"At most {MOST_CONDITIONS} conditions.", param="rules")
    for scalar in _scalars([list(conditions), response]):
        if contains_card_number(str(scalar)):
            raise Unprocessable("This looks like a card number. Card data must never be sent here.", param="rules")
    read = tuple(_condition(given, f"rules[{place}]") for place, given in enumerate(conditions))
    _check_response(type, response)
    return Rule(rule_id=rule_id, priority=priority, type=type, conditions=read, response=response)


def kept(*, rule_id: str, priority: int, type: str, definition: Mapping[str, Any]) -> Rule:
    """Read a rule that was checked when it was kept."""
    conditions = tuple(
        Condition(given["key"], operator_named(given["operator"]) or Operator.EQUALS, given["value"])
        for given in definition["rules"]
    )
    return Rule(rule_id, priority, type, conditions, definition["response"])


def pairs(response: Any) -> list[tuple[str, str]]:
    """List the providers and methods that a rule about payment methods names, in its order; one object is a list of one."""
    given = [response] if isinstance(response, Mapping) else response
    return list(dict.fromkeys((str(pair["provider"]), str(pair["paymentMethod"])) for pair in given))


def _condition(given: Mapping[str, Any], param: str) -> Condition:
    key, word, value = given.get("key"), given.get("operator"), given.get("value")
    if not isinstance(key, str) or not key.startswith("/") or not 2 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidField(
            f"A path with a slash before each name, such as /additionalData/channel; at most {LONGEST_KEY} characters.",
            param=f"{param}.key",
        )
    if key.count("/") > DEEPEST:
        raise InvalidField(f"At most {DEEPEST} names deep.", param=f"{param}.key")
    operator = operator_named(word) if isinstance(word, str) else None
    if operator is None:
        raise InvalidField(f"One of {_WORDS}.", param=f"{param}.operator")
    if len(json.dumps(value)) > LONGEST_VALUE or _depth(value) > DEEPEST:
        raise InvalidField(f"At most {LONGEST_VALUE} characters, {DEEPEST} levels deep.", param=f"{param}.value")
    if operator in MEMBERSHIP and (not isinstance(value, list | str) or len(members(value)) > MOST_VALUES):
        raise InvalidField(
            f"A list of at most {MOST_VALUES} values, or a text with commas between them.", param=f"{param}.value"
        )
    if operator in ORDERING and (isinstance(value, bool) or not isinstance(value, int | float | str)):
        raise InvalidField("A number or a text, to be compared with.", param=f"{param}.value")
    return Condition(key, operator, value)


def _check_response(type: str, response: Any) -> None:
    if response is None:
        raise InvalidField("This field is required.", param="response")
    if len(json.dumps(response)) > LONGEST_RESPONSE or _depth(response) > DEEPEST:
        raise InvalidField(f"At most {LONGEST_RESPONSE} characters, {DEEPEST} levels deep.", param="response")
    if type != PAYMENT_METHODS:
        return
    given = [response] if isinstance(response, Mapping) else response
    if not isinstance(given, list) or len(given) > MOST_PAIRS:
        raise InvalidField(f"A list of at most {MOST_PAIRS} pairs of provider and paymentMethod.", param="response")
    for place, pair in enumerate(given):
        for name in ("provider", "paymentMethod"):
            code = pair.get(name) if isinstance(pair, Mapping) else None
            if not isinstance(code, str) or not _CODE.fullmatch(code):
                raise InvalidField("A code such as credit-cards.", param=f"response[{place}].{name}")


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


def _scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield name
            yield from _scalars(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _scalars(inner)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield value
