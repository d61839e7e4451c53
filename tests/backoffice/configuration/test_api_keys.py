"""API keys through the door of staff, and then through the door of the API."""

import datetime as dt
import json

import pytest
from django.test import Client

from paymenthub.kernel import clock
from payments.models import ApiKey, AuditEntry
from payments.selectors import api_keys
from payments.services.merchants import create_api_key
from tests import factories

from .conftest import MANAGE, VIEW, Person, errors_of, secret_in

pytestmark = pytest.mark.django_db(transaction=True)


def works(secret: str) -> bool:
    status = Client().get("/v1/payments", headers={"Authorization": f"Bearer {secret}"}).status_code
    assert status in (200, 401)
    return status == 200


def given(project, **over):
    return {"project": str(project.pk), "mode": "test", "name": "shop server", "scopes": ["payments"]} | over


def test_a_key_is_shown_once_and_works(project, ada, url):
    answer = ada.send(url("apikey_new"), **given(project, last_day="2099-12-31"))

    secret, key = secret_in(answer), ApiKey.objects.get()
    assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))
    assert works(secret)
    assert (key.name, key.mode, key.scopes, key.expires_at) == (
        "shop server", "test", ["payments"], dt.datetime(2100, 1, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    for page in (url("apikey_change", key), url("apikey_changelist"), url("project_change", project)):
        assert secret not in ada.get(page).content.decode()
    assert secret not in json.dumps(list(AuditEntry.objects.values("message", "details", "before", "after")))


def test_the_form_sent_again_makes_no_second_key_and_shows_nothing(project, ada, url):
    hidden = ada.hidden(url("apikey_new"))
    secret = secret_in(ada.send(url("apikey_new"), hidden, **given(project)))

    again = ada.send(url("apikey_new"), hidden, **given(project))

    assert (again.status_code, ApiKey.objects.count(), AuditEntry.objects.count()) == (409, 1, 1)
    assert secret not in again.content.decode()
    assert "was sent before" in again.content.decode()


def test_an_id_of_ones_own_choice_is_no_form(project, ada, url):
    answer = ada.send(url("apikey_new"), {"fresh": "0" * 32}, **given(project))
    assert (errors_of(answer), ApiKey.objects.count()) == ({"fresh": ["This page was too old. Open it again."]}, 0)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"mode": "live"}, "live_sure"),
        ({"scopes": ["checkout", "payments"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"last_day": "2001-01-01"}, "last_day"),
        ({"name": ""}, "name"),
        ({"reason": "4111 1111 1111 1111"}, "reason"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(project, ada, url, over, field):
    answer = ada.send(url("apikey_new"), **given(project, **over))
    assert (list(errors_of(answer)), ApiKey.objects.count(), AuditEntry.objects.count()) == ([field], 0, 0)


def test_a_live_key_is_made_by_who_says_that_it_is_meant(project, ada, url):
    secret = secret_in(ada.send(url("apikey_new"), **given(project, mode="live", live_sure="on")))
    assert secret.startswith("phk_live_")


def test_a_revoked_key_is_refused_at_once(project, ada, url):
    secret = secret_in(ada.send(url("apikey_new"), **given(project)))
    key = ApiKey.objects.get()
    assert works(secret)

    answer = ada.send(url("apikey_revoke", key))

    assert (answer.status_code, works(secret)) == (302, False)
    entry = AuditEntry.objects.order_by("id").last()
    assert (entry.actor, entry.note, entry.before["revoked"], entry.after["revoked"] is not None) == (
        "ada", "asked by Ada", None, True,
    )  # fmt: skip
    assert ada.send(url("apikey_revoke", key)).status_code == 302
    assert AuditEntry.objects.count() == 2  # the second time changed nothing


@pytest.mark.parametrize("overlap", ["0", "3600"])
def test_a_rotated_key_works_beside_the_new_one_until_the_overlap_ends(project, ada, url, overlap):
    old = secret_in(ada.send(url("apikey_new"), **given(project, scopes=["payments", "read"])))
    key = ApiKey.objects.get()
    assert works(old)

    new = secret_in(ada.send(url("apikey_rotate", key), overlap=overlap))

    assert (works(old), works(new)) == (overlap != "0", True)
    with clock.advanced(3601):
        assert (works(old), works(new)) == (False, True)
    assert ApiKey.objects.latest("id").scopes == key.scopes


def test_an_earlier_end_of_the_old_key_stays(project, ada, url):
    soon = clock.now() + dt.timedelta(minutes=5)
    key = create_api_key(project=project, mode="test", scopes=["read"], expires_at=soon).key

    secret_in(ada.send(url("apikey_rotate", key), overlap="604800"))

    key.refresh_from_db()
    assert key.expires_at == soon


def test_a_rotation_sent_again_makes_no_third_key(project, ada, url):
    key = create_api_key(project=project, mode="test", scopes=["read"]).key
    hidden = ada.hidden(url("apikey_rotate", key))
    secret_in(ada.send(url("apikey_rotate", key), hidden, overlap="3600"))

    again = ada.send(url("apikey_rotate", key), hidden, overlap="3600")

    assert (again.status_code, ApiKey.objects.count()) == (409, 2)


def test_a_key_that_was_revoked_meanwhile_is_not_rotated(project, ada, url):
    key = create_api_key(project=project, mode="test", scopes=["read"]).key
    hidden = ada.hidden(url("apikey_rotate", key))
    ada.send(url("apikey_revoke", key))

    answer = ada.send(url("apikey_rotate", key), hidden, overlap="3600")

    assert (answer.status_code, ApiKey.objects.count()) == (409, 1)
    assert "revoked: none →" in answer.content.decode()


def test_a_key_that_is_looked_up_while_it_is_revoked_is_not_remembered(project, monkeypatch):
    secret = create_api_key(project=project, mode="test", scopes=["read"]).secret
    key, look_up = ApiKey.objects.get(), api_keys._look_up

    def slow(digest):
        found = look_up(digest)  # a request read the key …
        ApiKey.objects.filter(pk=key.pk).update(revoked_at=clock.now())
        api_keys.forget()  # … and another one revoked it before the first could remember it
        return found

    monkeypatch.setattr(api_keys, "_look_up", slow)
    api_keys.identify(secret)
    monkeypatch.setattr(api_keys, "_look_up", look_up)

    assert api_keys.identify(secret) is None


def test_who_sees_some_projects_makes_and_finds_keys_of_those_only(project, ada, url):
    foreign = factories.make_project()
    theirs = create_api_key(project=foreign, mode="test", scopes=["read"]).key
    clerk = Person(*MANAGE, *VIEW, name="clerk", projects=(project,))

    refused = clerk.send(url("apikey_new"), **given(foreign))

    assert (list(errors_of(refused)), ApiKey.objects.count()) == (["project"], 1)
    assert foreign.name not in clerk.get(url("apikey_new")).content.decode()
    for page in ("apikey_rotate", "apikey_revoke"):
        assert (clerk.get(url(page, theirs)).status_code, clerk.client.post(url(page, theirs)).status_code) == (
            404,
            404,
        )
    assert works(secret_in(clerk.send(url("apikey_new"), **given(project))))
