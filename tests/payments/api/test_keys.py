import datetime as dt
import logging

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext

from paymenthub.kernel import clock
from paymenthub.kernel.crypto import hash_secret
from payments.api.permissions import scopes_of
from payments.api.views import HubAPIView
from payments.models import ApiKey, Payment, Standing
from payments.selectors import api_keys
from payments.services.merchants import create_api_key, revoke_api_key
from providers.types import Outcome
from tests.factories import make_project
from tests.scripted import payment

from .bodies import pay_body
from .conftest import OrderSystem, error_of

PATH = "/scripted/status?paymentId=psp_1"


def new_key(project, **over):
    return create_api_key(**{"project": project, "mode": "test", "scopes": ["payments"]} | over)


@pytest.mark.parametrize("header", ["Authorization", "secret"])
def test_a_key_is_taken_from_either_header(shop, script, header):
    script.pay = [payment(Outcome.SUCCEEDED)]
    secret = f"Bearer {shop.secret}" if header == "Authorization" else shop.secret
    response = OrderSystem(None).pay(pay_body(), **{header: secret})
    assert response.json()["result"] == "OK"


def test_the_same_key_in_both_headers_is_taken(shop):
    assert error_of(shop.get(PATH, secret=shop.secret))[0] == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer phk_test_nobody"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"secret": ""},
        {"secret": "phk_test_" + "x" * 1000},
        {"secret": "phk_test_ключ"},
    ],
)
def test_no_key_or_an_unknown_one_is_refused(shop, headers):
    response = OrderSystem(None).pay(pay_body(), **headers)
    assert error_of(response) == (401, "unauthenticated", None)
    assert response["WWW-Authenticate"] == 'Bearer realm="PaymentHub"'
    assert not Payment.objects.exists()


def test_two_different_keys_are_refused(shop, project):
    other = new_key(project).secret
    assert error_of(shop.get(PATH, secret=other)) == (401, "unauthenticated", None)


def test_an_expired_key_is_refused_at_once_though_it_was_just_used(shop, project):
    secret = new_key(project, expires_at=clock.now() + dt.timedelta(seconds=3)).secret
    assert OrderSystem(secret).get(PATH).status_code == 404
    with clock.advanced(3):
        assert error_of(OrderSystem(secret).get(PATH)) == (401, "unauthenticated", None)


def test_a_revoked_key_is_refused_at_once_by_the_process_that_revoked_it(shop, project):
    new = new_key(project)
    assert OrderSystem(new.secret).get(PATH).status_code == 404
    revoke_api_key(key=new.key)
    assert error_of(OrderSystem(new.secret).get(PATH)) == (401, "unauthenticated", None)


def test_a_key_revoked_elsewhere_is_refused_within_the_bound(shop, settings):
    settings.API_KEY_CACHE_SECONDS = 5.0
    assert shop.get(PATH).status_code == 404
    ApiKey.objects.update(revoked_at=clock.now())
    assert shop.get(PATH).status_code == 404
    with clock.advanced(5):
        assert error_of(shop.get(PATH)) == (401, "unauthenticated", None)


@pytest.mark.parametrize("whose", ["project", "principal"])
@pytest.mark.parametrize("standing", [Standing.INACTIVE, Standing.DELETED])
def test_a_key_of_somebody_switched_off_is_refused(shop, project, whose, standing):
    owner = project if whose == "project" else project.principal
    owner.standing = standing
    owner.save()
    assert error_of(shop.get(PATH)) == (401, "unauthenticated", None)


def test_a_key_whose_prefix_names_the_other_mode_is_refused(shop, project):
    forged = "phk_live_" + "a" * 43
    key = new_key(project).key
    ApiKey.objects.filter(pk=key.pk).update(secret_hash=hash_secret(forged))
    assert error_of(OrderSystem(forged).get(PATH)) == (401, "unauthenticated", None)


@pytest.mark.parametrize("scopes", [["read"], ["checkout"], ["backoffice"], ["saga:drive"]])
def test_paying_needs_the_scope_payments(shop, project, scopes):
    response = OrderSystem(new_key(project, scopes=scopes).secret).pay(pay_body())
    assert error_of(response) == (403, "forbidden", None)
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("scope", "status"), [("read", 404), ("payments", 404), ("checkout", 403), ("saga:drive", 403)]
)
def test_reading_needs_payments_or_read(shop, project, scope, status):
    assert OrderSystem(new_key(project, scopes=[scope]).secret).get(PATH).status_code == status


def test_a_payment_of_another_project_or_mode_is_not_there(shop, script, project):
    script.pay = [payment(Outcome.SUCCEEDED)]
    hub_id = shop.pay(pay_body()).json()["metadata"]["hubPaymentId"]
    others = [new_key(make_project()), new_key(project, mode="live")]
    for other in others:
        for wire_id in ("psp_1", hub_id):
            response = OrderSystem(other.secret).get("/scripted/status", {"paymentId": wire_id})
            assert error_of(response) == (404, "not_found", "paymentId")


def test_a_key_costs_one_query_and_then_none(shop):
    with CaptureQueriesContext(
        connection,
    ) as first:
        shop.get("/scripted/status")
    with CaptureQueriesContext(connection) as second:
        shop.get("/scripted/status")
    assert [query["sql"].split()[0] for query in first] == ["SELECT", "UPDATE"]
    assert len(second) == 0


def test_the_time_of_use_is_written_at_most_once_a_minute(shop, project, settings):
    settings.API_KEY_CACHE_SECONDS = 0.001
    start = clock.now()
    with clock.frozen(start):
        shop.get(PATH)
        with clock.advanced(59):
            shop.get(PATH)
            assert project.api_keys.get().last_used_at == start
        with clock.advanced(60):
            shop.get(PATH)
            assert project.api_keys.get().last_used_at == start + dt.timedelta(seconds=60)


def test_only_so_many_keys_are_remembered(shop, project, monkeypatch):
    monkeypatch.setattr(api_keys, "_MOST", 2)
    for _ in range(3):
        assert api_keys.identify(new_key(project).secret) is not None
    assert len(api_keys._known) == 2


def test_the_key_is_in_no_log_line(shop, caplog):
    with caplog.at_level(logging.DEBUG):
        shop.get(PATH)
        OrderSystem("phk_test_wrong-one").get(PATH)
    assert shop.secret not in caplog.text
    assert "wrong-one" not in caplog.text


def test_a_view_that_forgot_to_declare_scopes_lets_nobody_in():
    with pytest.raises(ImproperlyConfigured, match="HubAPIView declares no required_scopes for GET"):
        scopes_of(HubAPIView(), "GET")
