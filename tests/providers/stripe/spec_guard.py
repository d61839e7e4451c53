"""Check requests to, and answers from, anything that plays Stripe against Stripe's own description of its API.

The description is of 2023-08-16 and the driver speaks a newer version: what is known to have changed since is written
down in DRIFT, by path and with a reason, and nothing else passes.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema

from providers.simulators.stripe import forms

SPECS = Path(os.environ.get("PSP_SPECS_DIR") or Path(__file__).resolve().parents[4] / "shared" / "specs")
SPEC = SPECS / "stripe" / "spec3-2023-08-16-slim38.json"
MISSING = f"PSP_SPECS_DIR has no {SPEC.name}: Stripe's description is not part of the project."
_FORM = "application/x-www-form-urlencoded"
_RENAMED = "since 2026-09-30 payment_method_types is read-only, and allowed_payment_method_types is what may be sent"
DRIFT: dict[tuple[str, str], tuple[str | None, str]] = {
    ("/v1/checkout/sessions", "allowed_payment_method_types"): ("payment_method_types", _RENAMED),
    ("/v1/payment_intents", "allowed_payment_method_types"): ("payment_method_types", _RENAMED),
    ("/v1/payment_links", "restrictions"): (None, "added later in 2023"),
    ("/v1/payment_links", "payment_intent_data"): (None, "metadata in it was added later in 2023"),
    ("/v1/payment_intents/{intent}/capture", "final_capture"): (None, "added with multicapture, later in 2023"),
}
"""(path, parameter) -> (the older name, or None where there is no such parameter yet; the reason)."""


class Violation(AssertionError):
    """A request or an answer that Stripe's description does not allow."""


def is_there() -> bool:
    """Tell whether Stripe's description is at hand."""
    return SPEC.is_file()


def check_request(method: str, path: str, query: str, body: bytes) -> None:
    """Raise `Violation` for a request that the description does not allow."""
    template, operation = _operation(method, path)
    text = body.decode() if method == "POST" else query
    schema = _form_schema(operation) if method == "POST" else _query_schema(operation)
    given = forms.decode(text)
    if sum(1 for _ in parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text))) != _leaves(given):
        raise Violation(f"{method} {template}: a parameter is there twice")
    for (where, name), (older, _reason) in DRIFT.items():
        if where == template and name in given:
            value = given.pop(name)
            if older is not None:
                given[older] = value
    _validate(_coerced(given, schema), schema, f"{method} {template}")


def check_answer(method: str, path: str, status: int, body: bytes) -> None:
    """Raise `Violation` for an answer that the description does not allow."""
    template, operation = _operation(method, path)
    answers = operation["responses"]
    schema = answers.get(str(status), answers["default"])["content"]["application/json"]["schema"]
    _validate(json.loads(body), schema, f"{status} of {method} {template}")


def enum_of(schema: str, name: str) -> set[str]:
    """Return the words that a property of an object may have."""
    described = json.loads(SPEC.read_text(encoding="utf-8"))["components"]["schemas"][schema]["properties"][name]
    return set(described["enum"])


@cache
def _spec() -> dict[str, Any]:
    spec: dict[str, Any] = _nullable(json.loads(SPEC.read_text(encoding="utf-8")))
    return spec


def _operation(method: str, path: str) -> tuple[str, dict[str, Any]]:
    wanted = path.strip("/").split("/")
    for template, operations in _spec()["paths"].items():
        steps = template.strip("/").split("/")
        fits = len(steps) == len(wanted) and all(a == b or a[0] == "{" for a, b in zip(steps, wanted, strict=True))
        if fits and method.lower() in operations:
            return template, operations[method.lower()]
    raise Violation(f"Stripe has no {method} {path}")


def _form_schema(operation: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = operation["requestBody"]["content"][_FORM]["schema"]
    return schema


def _query_schema(operation: dict[str, Any]) -> dict[str, Any]:
    known = {each["name"]: each for each in operation.get("parameters", []) if each["in"] == "query"}
    return {
        "type": "object",
        "properties": {name: each["schema"] for name, each in known.items()},
        "required": [name for name, each in known.items() if each.get("required")],
        "additionalProperties": False,
    }


def _coerced(value: Any, schema: dict[str, Any]) -> Any:
    """Read the texts of a form as what their schema says they are; what does not fit stays a text, and fails."""
    if "anyOf" in schema:
        fitting = (made for made in (_coerced(value, each) for each in schema["anyOf"]) if made != value)
        return next(fitting, value)
    if isinstance(value, dict):
        more = schema.get("additionalProperties")
        inner = schema.get("properties", {})
        return {n: _coerced(v, inner.get(n, more if isinstance(more, dict) else {})) for n, v in value.items()}
    if isinstance(value, list):
        return [_coerced(each, schema.get("items", {})) for each in value]
    if schema.get("type") == "integer" and value.lstrip("-").isdigit():
        return int(value)
    return {"true": True, "false": False}.get(value, value) if schema.get("type") == "boolean" else value


def _validate(value: Any, schema: dict[str, Any], where: str) -> None:
    whole = {**schema, "components": _spec()["components"]}
    strict = _closed(whole) if where.startswith(("POST", "GET")) else whole
    found = sorted(jsonschema.Draft202012Validator(strict).iter_errors(value), key=lambda error: list(error.path))
    if found:
        told = "; ".join(f"{'.'.join(map(str, error.path)) or 'it'}: {error.message[:200]}" for error in found[:3])
        raise Violation(f"{where}: {told}")


def _closed(schema: Any) -> Any:
    """Allow no names in a request but those that are written down, at any depth."""
    if isinstance(schema, dict):
        made = {name: _closed(value) if name != "components" else value for name, value in schema.items()}
        return {"additionalProperties": False, **made} if isinstance(schema.get("properties"), dict) else made
    return [_closed(each) for each in schema] if isinstance(schema, list) else schema


def _nullable(schema: Any) -> Any:
    """Write OpenAPI 3.0's `nullable` as JSON Schema."""
    if isinstance(schema, list):
        return [_nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _nullable(value) for name, value in schema.items() if name != "nullable"}
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made


def _leaves(tree: Any) -> int:
    if isinstance(tree, dict | list):
        return sum(_leaves(each) for each in (tree.values() if isinstance(tree, dict) else tree))
    return 1
