"""One shape for every error, from wherever it comes."""

import logging

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError, connection
from django.test import RequestFactory
from rest_framework import exceptions as drf

from paymenthub.kernel.errors import RateLimited
from payments.api import errors as pages
from payments.api.exceptions import retry_after, translate
from payments.api.gateway import pay as pay_module
from payments.api.gateway import status as status_module
from payments.models import Payment
from payments.selectors import api_keys

from .bodies import pay_body
from .conftest import OrderSystem, error_of

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def fail_with(monkeypatch, error: Exception) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(pay_module, "pay", fail)
    monkeypatch.setattr(status_module, "read_status", fail)
    monkeypatch.setattr(status_module, "find", lambda **kwargs: None)


@pytest.mark.parametrize(
    "path", ["/nowhere", "/v3/nowhere", "/v1/nowhere", "/scripted/credit-cards", "/documentation/nowhere"]
)
@pytest.mark.parametrize("accept", ["application/json", BROWSER])
def test_a_path_that_leads_nowhere_is_json_for_programs(path, accept, db):
    response = OrderSystem(None).get(path, Accept=accept)
    assert error_of(response) == (404, "not_found", None)
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["/payment/nothing", "/l/no/thing", "/return/no/thing"])
def test_a_path_that_people_see_is_a_page(path, db):
    response = OrderSystem(None).get(path, Accept=BROWSER)
    assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is nothing here" in response.text
    assert response["X-Request-Id"] in response.text


def test_the_same_path_is_json_for_who_did_not_ask_for_a_page(db):
    assert error_of(OrderSystem(None).get("/payment/nothing")) == (404, "not_found", None)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/scripted/credit-cards/pay", "POST"),
        ("PUT", "/scripted/status", "GET"),
        ("OPTIONS", "/scripted/check", "GET"),
    ],
)
def test_another_method_is_405_and_names_the_right_ones(shop, method, path, allowed):
    response = shop.client.generic(method, path, headers={"Authorization": f"Bearer {shop.secret}"})
    assert error_of(response) == (405, "method_not_allowed", None)
    assert allowed in response["Allow"]


def test_who_does_not_take_json_is_told_so(shop):
    assert error_of(shop.get("/scripted/status?paymentId=a", Accept="text/html")) == (406, "not_acceptable", None)


def test_a_bug_is_500_logged_with_the_request_and_says_nothing_of_itself(shop, monkeypatch, caplog):
    fail_with(monkeypatch, RuntimeError("password=hunter2"))
    with caplog.at_level(logging.ERROR):
        response = shop.pay(pay_body())
    assert error_of(response) == (500, "internal_error", None)
    assert response.json()["retryable"] is False
    assert "hunter2" not in response.text
    assert "RuntimeError" in caplog.text


def test_the_database_failing_before_the_work_is_503_and_may_be_tried_again(shop, monkeypatch):
    def fail(secret: str) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(api_keys, "identify", fail)
    response = shop.pay(pay_body())
    assert error_of(response) == (503, "busy", None)
    assert (response.json()["retryable"], response["Retry-After"]) == (True, "1")


def test_the_database_failing_while_paying_is_never_called_undone(shop, monkeypatch):
    fail_with(monkeypatch, OperationalError("lock timeout"))
    response = shop.pay(pay_body())
    assert error_of(response) == (500, "outcome_not_known", None)
    assert response.json()["retryable"] is False
    assert "Retry-After" not in response


def test_the_database_failing_while_reading_is_503_and_may_be_tried_again(shop, monkeypatch):
    fail_with(monkeypatch, OperationalError("lock timeout"))
    assert error_of(shop.get("/scripted/status?paymentId=a")) == (503, "busy", None)


def test_a_lock_that_is_not_given_in_time_is_such_a_failure(shop, monkeypatch):
    def time_out(**kwargs: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'lock timeout' USING ERRCODE = '55P03'; END $$")

    monkeypatch.setattr(status_module, "find", time_out)
    assert error_of(shop.get("/scripted/status?paymentId=a")) == (503, "busy", None)


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (drf.NotFound(), 404, "not_found"),
        (drf.ParseError(), 400, "malformed_request"),
        (drf.NotAuthenticated(), 401, "unauthenticated"),
        (drf.PermissionDenied(), 403, "forbidden"),
        (drf.UnsupportedMediaType("x"), 415, "unsupported_media_type"),
        (PermissionDenied(), 403, "forbidden"),
        (RequestDataTooBig(), 413, "payload_too_large"),
        (SuspiciousOperation(), 400, "malformed_request"),
    ],
)
def test_frameworks_exceptions_become_ours(raised, status, code):
    error = translate(raised)
    assert (error.status, error.code) == (status, code)


def test_a_throttled_caller_is_told_when_to_come_back():
    error = translate(drf.Throttled(wait=2.1))
    assert isinstance(error, RateLimited)
    assert retry_after(error) == 3
    assert retry_after(translate(drf.Throttled())) == 1


@pytest.mark.parametrize(
    ("handler", "status"),
    [
        (lambda request: pages.bad_request(request, SuspiciousOperation("x")), 400),
        (lambda request: pages.bad_request(request, RequestDataTooBig("x")), 413),
        (lambda request: pages.forbidden(request, PermissionDenied("x")), 403),
        (lambda request: pages.not_found(request, Exception("x")), 404),
        (pages.server_error, 500),
    ],
)
@pytest.mark.parametrize("path", ["/admin/x", "/v3/x"])
def test_djangos_own_errors_have_both_faces(handler, status, path):
    response = handler(RequestFactory().get(path, headers={"Accept": BROWSER}))
    assert response.status_code == status
    assert response["Content-Type"] == ("text/html; charset=utf-8" if path == "/admin/x" else "application/json")


def test_nothing_is_stored_by_a_refused_request(shop):
    shop.pay({})
    assert not Payment.objects.exists()
