"""The OpenAPI document: each view method says what it takes and answers, in the types that really read and write it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from paymenthub.kernel.errors import (
    Forbidden,
    HubError,
    IdempotencyInFlight,
    IdempotencyKeyReused,
    RateLimited,
    Unauthenticated,
    as_body,
)

from .http_errors import InternalError, MethodNotAllowed, NotAcceptable

View = TypeVar("View", bound=Callable[..., Any])

_JSON = "application/json"
_NAME_PATTERN = "^[a-z][a-z0-9-]{0,31}$"
_PATH_TEXTS = {
    "provider": ("The provider's code.", "sandbox", _NAME_PATTERN),
    "method": ("The payment method's code.", "credit-cards", _NAME_PATTERN),
    "payment_id": ("Our id of the payment (`pay_…` or the bare UUID), or the provider's.", "sp_1Q2", ""),
    "refund_id": ("Our id of the refund (`rf_…` or the bare UUID).", "rf_0197a2c4d5e67f8091a2b3c4d5e6f70a", ""),
    "link_id": ("Our id of the link (`plink_…` or the bare UUID).", "plink_0197a2c4d5e67f8091a2b3c4d5e6f70e", ""),
    "saga_id": ("The saga's id, or ours of its payment.", "pay_0197a2c4d5e67f8091a2b3c4d5e6f708", ""),
    "subscription_token": ("The provider's id of the subscription, or ours (`sub_…`).", "ss_1Q2", ""),
    "subscription_id": ("Our id of the subscription (`sub_…` or the bare UUID), or the provider's.", "ss_1Q2", ""),
    "invoice_id": ("Our id of the invoice (`inv_…` or the bare UUID).", "inv_0197a2c4d5e67f8091a2b3c4d5e6f70c", ""),
    "print_id": ("The id of a document that is printed.", "0197a2c4d5e67f8091a2b3c4d5e6f70d", ""),
    "rule_id": ("The rule's id.", "web-orders", ""),
    "batch_id": ("Your name of the batch.", "2026-03-recall", "^[A-Za-z0-9._:-]{1,50}$"),
}
_IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "Makes the request safe to send again: the same key with the same content does nothing twice and answers what "
    "the first one was answered (`Idempotency-Replayed: true`). 409 while the first one is at work, 422 for other content. Kept "
    "for at least 24 hours. A refused or retryable request uses no key up.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "8f14e45f-ceea-4671-9d1c-2f6c7b0d8a11",
}
_REPLAYED = {
    "Idempotency-Replayed": {
        "description": "`true` where this is an earlier request's outcome.",
        "schema": {"type": "string"},
    }
}
_OF_KEYS: tuple[type[HubError], ...] = (IdempotencyInFlight, IdempotencyKeyReused)
_ALWAYS: tuple[type[HubError], ...] = (
    Unauthenticated,
    Forbidden,
    MethodNotAllowed,
    NotAcceptable,
    InternalError,
    RateLimited,
)
_SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "`Authorization: Bearer phk_test_…` or `phk_live_…`.",
    },
    "secret": {
        "type": "apiKey",
        "in": "header",
        "name": "secret",
        "description": "The same key in the header `secret`.",
    },
}


@dataclass(frozen=True, slots=True)
class Query:
    """One query parameter."""

    name: str
    description: str
    example: str
    required: bool = False
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What the documentation says of one method of one view. `errors` come on top of those that any request may meet."""

    id: str
    summary: str
    description: str
    tag: str
    response: type[msgspec.Struct] | None
    """None where the answer is no object: then `response_schema` says what it is; without that it has no body."""
    response_examples: Mapping[str, Any] = field(default_factory=dict)
    response_schema: Mapping[str, Any] | None = None
    many: bool = False
    """Whether the answer is an array of `response`."""
    media_type: str = _JSON
    request: type[msgspec.Struct] | None = None
    request_examples: Mapping[str, Any] = field(default_factory=dict)
    request_rows: int = 0
    """The most rows of a body that is an array of `request`; 0: the body is one object."""
    query: tuple[Query, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    errors: tuple[type[HubError], ...] = ()
    is_file: bool = False
    """Whether the answer is a file of `media_type`."""
    accepted: tuple[type[msgspec.Struct], Mapping[str, Any]] | None = None
    """What 202 answers, with examples, where the work may not be done yet."""
    in_two_ways: bool = False
    """Whether it is mounted with and without a method's segment: then the path with it has an id of its own."""
    status: int = 200
    """What a success is answered with; of what is always refused, the status of the refusal, which `errors` describes."""


class ErrorBody(msgspec.Struct, rename="camel", kw_only=True):
    """Every error, from wherever."""

    status_code: int
    error: str
    message: str
    code: str
    param: str | None
    request_id: str | None
    retryable: bool
    details: dict[str, Any] | None = None


def documented(operation: Operation) -> Callable[[View], View]:
    """Say what a view's method takes and answers; a method without it is not in the document, which a test refuses."""

    def note(view: View) -> View:
        view.operation = operation  # type: ignore[attr-defined]
        return view

    return note


class HubAutoSchema(AutoSchema):
    """Write an operation from what `documented` says."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> dict[str, Any] | None:
        """Return the operation; None leaves the method out."""
        told: Operation | None = getattr(getattr(self.view, method.lower()), "operation", None)
        if told is None:
            return None
        for name, scheme in _SECURITY.items():
            registry.register_on_missing(_component(name, ResolvedComponent.SECURITY_SCHEMA, scheme))
        prefixed = path.startswith("/v3/")
        operation: dict[str, Any] = {
            "operationId": _id(told, path, prefixed=prefixed),
            "summary": told.summary,
            "description": told.description,
            "tags": [f"{told.tag} (/v3)" if prefixed else told.tag],
            "security": [{name: []} for name in _SECURITY],
            "parameters": [*_path_parameters(path), *_other_parameters(told)],
            "responses": {str(told.status): _answer(told, registry), **_errors(told.errors, registry)},
        }
        if told.accepted is not None:
            operation["responses"]["202"] = _accepted(*told.accepted, registry)
        if method == "POST":
            operation["parameters"].append(_IDEMPOTENCY_KEY)
            for status, answer in operation["responses"].items():
                if status.startswith("2"):
                    answer["headers"] = _REPLAYED
            operation["responses"] |= _errors((*told.errors, *_OF_KEYS), registry)
        if told.request is not None:
            body = _refer(told.request, registry)
            if told.request_rows:
                body = {"type": "array", "items": body, "minItems": 1, "maxItems": told.request_rows}
            operation["requestBody"] = {
                "required": True,
                "content": {_JSON: {"schema": body, "examples": _examples(told.request_examples)}},
            }
        return operation


@cache
def document() -> bytes:
    """Return the document of the routes that this process mounts, made when first asked for."""
    return msgspec.json.encode(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


def _id(told: Operation, path: str, *, prefixed: bool) -> str:
    by_method = "_by_method" if told.in_two_ways and "{method}" in path else ""
    return f"{told.id}{by_method}{'_v3' if prefixed else ''}"


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [
        {
            "in": "path",
            "name": name,
            "required": True,
            "description": _PATH_TEXTS[name][0],
            "schema": {"type": "string"} | ({"pattern": _PATH_TEXTS[name][2]} if _PATH_TEXTS[name][2] else {}),
            "example": _PATH_TEXTS[name][1],
        }
        for name in names
    ]


def _other_parameters(told: Operation) -> list[dict[str, Any]]:
    query = [
        {
            "in": "query",
            "name": query.name,
            "required": query.required,
            "description": query.description,
            "schema": dict(query.schema),
            "example": query.example,
        }
        for query in told.query
    ]
    headers = [
        {"in": "header", "name": name, "description": text, "schema": {"type": "string"}} for name, text in told.headers
    ]
    return query + headers


def _answer(told: Operation, registry: ComponentRegistry) -> dict[str, Any]:
    if told.is_file:
        schema: dict[str, Any] = {"type": "string", "format": "binary"}
        return {"description": "The file.", "content": {told.media_type: {"schema": schema}}}
    if told.response is None and told.response_schema is None:
        return {"description": "Answered, with an empty body."}
    schema = dict(told.response_schema or {}) if told.response is None else _refer(told.response, registry)
    if told.many:
        schema = {"type": "array", "items": schema}
    content = {told.media_type: {"schema": schema, "examples": _examples(told.response_examples)}}
    return {"description": "Answered.", "content": content}


def _accepted(kind: type[msgspec.Struct], examples: Mapping[str, Any], registry: ComponentRegistry) -> dict[str, Any]:
    content = {_JSON: {"schema": _refer(kind, registry), "examples": _examples(examples)}}
    return {"description": "Not done yet.", "content": content}


def _errors(of: tuple[type[HubError], ...], registry: ComponentRegistry) -> dict[str, Any]:
    kinds: dict[int, list[type[HubError]]] = {}
    for kind in dict.fromkeys((*_ALWAYS, *of)):
        kinds.setdefault(kind.status, []).append(kind)
    return {
        str(status): {
            "description": f"{HTTPStatus(status).phrase}: " + ", ".join(f"`{kind.code}`" for kind in of_status),
            "content": {
                _JSON: {
                    "schema": _refer(ErrorBody, registry, name="Error"),
                    "examples": {kind.code: {"value": _error_example(kind)} for kind in of_status},
                }
            },
        }
        for status, of_status in sorted(kinds.items())
    }


def _error_example(kind: type[HubError]) -> dict[str, Any]:
    text = " ".join((kind.__doc__ or "").split("\n")[0].split())
    body = as_body(HubError(text, retryable=kind.retryable), "0197a2c4d5e67f80")
    return body | {"statusCode": kind.status, "error": HTTPStatus(kind.status).phrase, "code": kind.code}


def _examples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"summary": name.replace("_", " ").capitalize(), "value": value} for name, value in values.items()}


def _refer(kind: type[msgspec.Struct], registry: ComponentRegistry, *, name: str = "") -> dict[str, Any]:
    """Register the schema of a type, and of those that it names, and return the reference to it."""
    _, schemas = msgspec.json.schema_components([kind], ref_template="#/components/schemas/{name}")
    for found, schema in schemas.items():
        called = name if name and found == kind.__name__ else found
        registry.register_on_missing(_component(called, ResolvedComponent.SCHEMA, _for_3_0(schema) | {"title": called}))
    return {"$ref": f"#/components/schemas/{name or kind.__name__}"}


def _component(name: str, kind: str, schema: dict[str, Any]) -> ResolvedComponent:
    return ResolvedComponent(name, kind, schema=schema, object=name)  # type: ignore[no-untyped-call]


def _for_3_0(schema: Any) -> Any:
    """Write a JSON schema as OpenAPI 3.0 has it, which more client generators read than 3.1: no null type, one example."""
    if isinstance(schema, list):
        return [_for_3_0(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _for_3_0(item) for name, item in schema.items()}
    if isinstance(found.get("examples"), list):
        found["example"] = found.pop("examples")[0]
    if "enum" in found:
        found["type"] = "string"
    if found.get("required") == []:
        del found["required"]
    choices = found.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        (other,) = (choice for choice in choices if choice != {"type": "null"})
        del found["anyOf"]
        found |= other | {"nullable": True}
    return found
