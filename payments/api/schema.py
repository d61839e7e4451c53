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

from paymenthub.kernel.errors import Forbidden, HubError, Unauthenticated, as_body

from .http_errors import InternalError, MethodNotAllowed, NotAcceptable

View = TypeVar("View", bound=Callable[..., Any])

_JSON = "application/json"
_NAME_PATTERN = "^[a-z][a-z0-9-]{0,31}$"
_PATH_TEXTS = {
    "provider": ("The provider's code.", "sandbox"),
    "method": ("The payment method's code.", "credit-cards"),
}
_ALWAYS: tuple[type[HubError], ...] = (
    Unauthenticated,
    Forbidden,
    MethodNotAllowed,
    NotAcceptable,
    InternalError,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What the documentation says of one method of one view. `errors` come on top of those that any request may meet."""

    id: str
    summary: str
    description: str
    tag: str
    response: type[msgspec.Struct]
    response_examples: Mapping[str, Any]
    request: type[msgspec.Struct] | None = None
    request_examples: Mapping[str, Any] = field(default_factory=dict)
    query: tuple[tuple[str, str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    answer_headers: tuple[tuple[str, str], ...] = ()
    errors: tuple[type[HubError], ...] = ()


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
            "operationId": f"{told.id}_v3" if prefixed else told.id,
            "summary": told.summary,
            "description": told.description,
            "tags": [f"{told.tag} (/v3)" if prefixed else told.tag],
            "security": [{name: []} for name in _SECURITY],
            "parameters": [*_path_parameters(path), *_other_parameters(told)],
            "responses": {"200": _answer(told, registry), **_errors(told, registry)},
        }
        if told.request is not None:
            operation["requestBody"] = {
                "required": True,
                "content": {
                    _JSON: {"schema": _refer(told.request, registry), "examples": _examples(told.request_examples)}
                },
            }
        return operation


@cache
def document() -> bytes:
    """Return the document of the routes that this process mounts, made when first asked for."""
    return msgspec.json.encode(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [
        {
            "in": "path",
            "name": name,
            "required": True,
            "description": _PATH_TEXTS[name][0],
            "schema": {"type": "string", "pattern": _NAME_PATTERN},
            "example": _PATH_TEXTS[name][1],
        }
        for name in names
    ]


def _other_parameters(told: Operation) -> list[dict[str, Any]]:
    query = [
        {
            "in": "query",
            "name": name,
            "required": True,
            "description": text,
            "schema": {"type": "string"},
            "example": example,
        }
        for name, text, example in told.query
    ]
    headers = [
        {"in": "header", "name": name, "description": text, "schema": {"type": "string"}} for name, text in told.headers
    ]
    return query + headers


def _answer(told: Operation, registry: ComponentRegistry) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": "Answered.",
        "content": {_JSON: {"schema": _refer(told.response, registry), "examples": _examples(told.response_examples)}},
    }
    if told.answer_headers:
        answer["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in told.answer_headers
        }
    return answer


def _errors(told: Operation, registry: ComponentRegistry) -> dict[str, Any]:
    kinds: dict[int, list[type[HubError]]] = {}
    for kind in (*_ALWAYS, *told.errors):
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
