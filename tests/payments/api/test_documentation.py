import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from jsonschema import Draft202012Validator
from rest_framework.permissions import BasePermission

from payments.api.permissions import HasScope, scopes_of
from payments.api.schema import ErrorBody, document
from payments.management.commands.error_catalogue import catalogue

from .conftest import OrderSystem
from .schemas import schema_of

DOCS = Path(settings.BASE_DIR) / "docs"


def mounted(patterns, prefix: str = ""):
    """Yield the path and the class of every REST view that the resolver knows."""
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from mounted(entry.url_patterns, route)
        elif isinstance(entry, URLPattern) and hasattr(entry.callback, "cls"):
            yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route), entry.callback.cls


def api_routes():
    return [
        (path, view, method) for path, view in mounted(get_resolver().url_patterns) for method in view().allowed_methods
    ]


def test_the_resolver_has_the_gateway_with_and_without_v3():
    paths = {path for path, _, _ in api_routes()}
    ours = ("{method}/pay", "{method}/authorize", "capture", "cancel", "refund", "status", "check")
    for path in (f"/{{provider}}/{rest}" for rest in ours):
        assert {path, "/v3" + path} <= paths


def test_the_resolver_has_subscriptions_with_and_without_a_method_before_the_methods_own_paths():
    paths = {path for path, _, _ in api_routes()}
    rest = ("schedule", "start", "pay", *(f"{verb}/{{subscription_token}}" for verb in ("update", "status", "expire")))
    for prefix in ("", "/v3"):
        for segment in ("", "/{method}"):
            assert {f"{prefix}/{{provider}}{segment}/subscription/{one}" for one in rest} <= paths
    for path in ("/sandbox/subscription/pay", "/v3/sandbox/subscription/pay"):
        assert resolve(path).func.cls.__name__ == "SubscriptionPayView"


def test_every_mounted_api_route_is_in_the_document():
    described = json.loads(document())["paths"]
    # A path that only differs by the slash at its end is not described a second time.
    routes = [(path.rstrip("/"), method) for path, _, method in api_routes()]
    missing = [(path, method) for path, method in routes if method.lower() not in described.get(path, {})]
    assert missing == []


def test_no_api_route_is_without_a_permission_and_declared_scopes():
    for path, view, method in api_routes():
        assert HasScope in view.permission_classes, path
        assert issubclass(view.permission_classes[0], BasePermission)
        assert scopes_of(view(), method), (path, method)


def test_every_operation_says_what_a_reader_needs():
    paths = json.loads(document())["paths"]
    operations = [(path, operation) for path, item in paths.items() for operation in item.values()]
    ids = [operation["operationId"] for _, operation in operations]
    assert len(set(ids)) == len(ids)
    for path, operation in operations:
        assert operation["summary"]
        assert operation["description"]
        assert operation["tags"]
        assert operation["security"] == [{"bearer": []}, {"secret": []}]
        assert {"401", "403", "405", "500"} <= set(operation["responses"])
        answered = [status for status in operation["responses"] if status[0] == "2"]
        assert bool(answered) != ("always refused (501" in operation["description"])
        assert "{" not in path or "404" in operation["responses"]
        for status, answer in operation["responses"].items():
            if status == "200" and "content" not in answer:
                continue  # an empty body
            ((media_type, content),) = answer["content"].items()
            assert media_type == "application/json" or status == "200"
            assert content.get("examples") or media_type != "application/json"
            if status[0] != "2":
                assert content["schema"] == {"$ref": "#/components/schemas/Error"}


def test_the_documented_errors_have_the_shape_of_errors():
    validator = Draft202012Validator(schema_of(ErrorBody))
    for path in json.loads(document())["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                content = answer.get("content", {}).get("application/json", {})
                for example in content.get("examples", {}).values():
                    if status[0] != "2":
                        validator.validate(example["value"])
                        assert example["value"]["statusCode"] == int(status)


def test_the_document_is_valid():
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", stdout=out)
    assert json.loads(out.getvalue())["info"]["title"] == "PaymentHub API"


def test_the_committed_document_is_the_codes(tmp_path):
    made = tmp_path / "openapi.json"
    call_command("spectacular", "--format", "openapi-json", "--file", str(made))
    assert made.read_text() == (DOCS / "openapi.json").read_text(), "run `make schema`"


def test_the_committed_error_catalogue_is_the_codes():
    assert catalogue() == (DOCS / "errors.md").read_text(), "run `python manage.py error_catalogue`"


def test_the_error_catalogue_is_written_where_one_says(tmp_path):
    call_command("error_catalogue", "--file", str(tmp_path / "errors.md"), stdout=StringIO())
    assert "| 409 Conflict | `duplicate_transaction` | no |" in (tmp_path / "errors.md").read_text()


@pytest.mark.parametrize("path", ["/documentation/json", "/documentation/openapi.json"])
def test_the_document_needs_no_key(path):
    response = OrderSystem(None).get(path)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response.json()["openapi"].startswith("3.")


@pytest.mark.parametrize("path", ["/documentation", "/documentation/"])
def test_the_page_needs_no_key_and_no_third_party(path):
    response = OrderSystem(None).get(path)
    assert response.status_code == 200
    assert re.findall(r'(?:src|href)="(?!/)[^"]*"', response.text) == []
    assert "validatorUrl: null" in response.text
