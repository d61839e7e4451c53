"""Provider accounts through the door of staff: credentials are only written, and nobody's change is lost."""

import json

import pytest
from django.test import Client

from paymenthub.kernel import clock
from payments.models import AuditAction, AuditEntry, InboxMessage, ProviderAccount
from payments.selectors import accounts
from providers.types import Outcome
from tests import factories
from tests.backoffice import rows
from tests.scripted import notification_body

from .conftest import MANAGE, VIEW, Person, errors_of

pytestmark = pytest.mark.django_db(transaction=True)

SECRETS = {"config_api_key": "sk-very-secret-1", "config_webhook_secret": "whsec-very-secret-2"}
PLAIN = {"name": "main", "methods": ["credit-cards"], "standing": "active", "is_default": "on", "external_id": ""}


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    monkeypatch.setattr("payments.callbacks.receive.nudge", lambda *_: None)


@pytest.fixture
def new(url, project):
    return f"{url('provideraccount_new')}?project={project.pk}&provider=scripted&mode=test"


def told() -> str:
    return json.dumps(list(AuditEntry.objects.values("message", "details", "before", "after")))


def test_an_account_is_made_and_its_credentials_are_never_shown(project, script, ada, url, new):
    answer = ada.send(new, **PLAIN, **SECRETS)

    account = ProviderAccount.objects.get()
    assert accounts.opened(account).config == {"api_key": "sk-very-secret-1", "webhook_secret": "whsec-very-secret-2"}
    pages = [answer, ada.get(url("provideraccount_change", account)), ada.get(url("provideraccount_edit", account))]
    for page in pages:
        assert page.status_code == 200
        assert not any(secret in page.content.decode() for secret in SECRETS.values())
    assert f"/c/{account.webhook_token}" in answer.content.decode()
    assert not any(secret in told() for secret in SECRETS.values())


def test_a_form_that_comes_back_holds_no_credentials(project, script, ada, new):
    answer = ada.send(new, **{**PLAIN, "methods": []}, **SECRETS)

    assert list(errors_of(answer)) == ["methods"]
    assert not any(secret in answer.content.decode() for secret in SECRETS.values())


def test_what_is_left_empty_stays(project, account, script, ada, url):
    answer = ada.send(url("provideraccount_edit", account), **{**PLAIN, "name": "shop"}, overlap="0")

    account.refresh_from_db()
    assert (answer.status_code, account.name, account.config_changed_at) == (302, "shop", None)
    assert accounts.opened(account).config == {"api_key": "k", "webhook_secret": "s"}


def test_a_secret_that_may_be_missing_is_taken_away(project, account, script, ada, url):
    ada.send(url("provideraccount_edit", account), **PLAIN, overlap="0", cleared=["api_key"])

    account.refresh_from_db()
    assert accounts.opened(account).config == {"api_key": "", "webhook_secret": "s"}
    assert "Settings changed: api_key." in AuditEntry.objects.get().message


@pytest.mark.parametrize(("overlap", "old_is_taken"), [("0", False), ("3600", True)])
def test_a_rotated_secret_verifies_notifications_by_the_new_and_for_the_overlap_by_the_old(
    project, account, script, ada, url, overlap, old_is_taken
):
    ada.send(url("provideraccount_edit", account), **PLAIN, config_webhook_secret="s-new", overlap=overlap)
    path = f"/c/{account.webhook_token}"

    def takes(secret: str) -> bool:
        body = notification_body(
            Outcome.SUCCEEDED, key=f"{secret}-{InboxMessage.objects.count()}", reference="att_unknown"
        )
        answer = Client().post(path, body, content_type="application/json", headers={"X-Secret": secret})
        return answer.status_code == 200

    assert (takes("s-new"), takes("s"), takes("other")) == (True, old_is_taken, False)
    with clock.advanced(3601):
        assert (takes("s-new"), takes("s")) == (True, False)


def test_two_who_edit_the_same_account_the_second_is_told_what_changed(project, account, script, ada, url):
    page, bea = url("provideraccount_edit", account), Person(*MANAGE, *VIEW, name="bea")
    seen_by_bea = bea.hidden(page)
    ada.send(page, **{**PLAIN, "methods": ["credit-cards", "wallet"]}, overlap="0")

    answer = bea.send(page, seen_by_bea, **{**PLAIN, "name": "other"}, overlap="0")

    account.refresh_from_db()
    assert (answer.status_code, account.name, account.methods) == (409, "main", ["credit-cards", "wallet"])
    assert "methods: credit-cards → credit-cards, wallet" in answer.content.decode()
    assert AuditEntry.objects.count() == 1


def test_a_credential_that_somebody_else_replaced_is_not_overwritten_either(project, account, script, ada, url):
    page, bea = url("provideraccount_edit", account), Person(*MANAGE, *VIEW, name="bea")
    seen_by_bea = bea.hidden(page)
    ada.send(page, **PLAIN, config_api_key="from-ada", overlap="0")

    answer = bea.send(page, seen_by_bea, **PLAIN, config_api_key="from-bea", overlap="0")

    account.refresh_from_db()
    assert (answer.status_code, accounts.opened(account).config["api_key"]) == (409, "from-ada")


def test_a_new_default_takes_the_place_of_the_old_one_and_the_last_default_stays(
    project, account, script, ada, url, new
):
    ada.send(new, **{**PLAIN, "name": "second"}, **SECRETS)
    account.refresh_from_db()
    second = ProviderAccount.objects.get(name="second")
    assert (account.is_default, second.is_default) == (False, True)

    left = {name: value for name, value in PLAIN.items() if name != "is_default"} | {"name": "second"}
    answer = ada.send(url("provideraccount_edit", second), **left, overlap="0")

    assert errors_of(answer) == {"is_default": ["Make another account the default one instead."]}


def test_live_needs_a_box_to_be_ticked(project, script, ada, new):
    live = new.replace("mode=test", "mode=live")
    assert list(errors_of(ada.send(live, **PLAIN, **SECRETS))) == ["live_sure"]
    assert ada.send(live, **PLAIN, **SECRETS, live_sure="on").status_code == 200
    assert ProviderAccount.objects.get().mode == "live"


def test_who_sees_some_projects_reaches_no_other_account(project, account, script, url):
    theirs = factories.make_account(factories.make_project())
    clerk = Person(*MANAGE, *VIEW, name="clerk", projects=(project,))

    for page in ("provideraccount_edit", "provideraccount_try"):
        assert (clerk.get(url(page, theirs)).status_code, clerk.get(url(page, account)).status_code) == (404, 200)
    foreign = f"{url('provideraccount_new')}?project={theirs.project_id}&provider=scripted&mode=test"
    clerk.client.post(foreign, {**PLAIN, **SECRETS, "reason": "mine now"})
    assert ProviderAccount.objects.filter(project=theirs.project).count() == 1


def test_credentials_are_not_sent_to_another_address_by_who_may_only_write_them(project, ada, url):
    sandbox = rows.make_account(project)
    sealed, edit = sandbox.config_sealed, url("provideraccount_edit", sandbox)
    elsewhere = {"config_base_url": "https://collector.example", "overlap": "0"}
    unseen = ada.hidden(edit)
    plain = {**PLAIN, "name": sandbox.name, "methods": sandbox.methods}

    refused = ada.send(edit, unseen, **plain, **elsewhere)
    some = ada.send(edit, unseen, **plain, **elsewhere, config_api_key="sk-another-1")

    sandbox.refresh_from_db()
    assert list(errors_of(refused)) == ["config_api_key"]
    assert list(errors_of(some)) == ["config_webhook_secret"]
    assert sandbox.config_sealed == sealed

    taken = ada.send(edit, unseen, **plain, **elsewhere, **SECRETS)
    sandbox.refresh_from_db()
    assert taken.status_code == 302
    assert accounts.opened(sandbox).config["base_url"] == "https://collector.example"
    assert accounts.opened(sandbox).config["api_key"] == SECRETS["config_api_key"]


def test_a_connection_is_tried_and_written_down_without_the_secret_that_the_provider_quotes(
    project, account, script, ada, url, monkeypatch
):
    account.config_sealed = accounts.seal_config(account, {"api_key": "hunter2-hunter2", "webhook_secret": ""})
    account.save()
    calls = []

    def says(self, call):
        calls.append(call.account.config["api_key"])
        return f"Took {call.account.config['api_key']}."

    monkeypatch.setattr("tests.scripted.ScriptedDriver.check_connection", says)
    monkeypatch.setattr("tests.scripted.ScriptedDriver.checks_connection", True)

    answer = ada.send(url("provideraccount_try", account))

    entry = AuditEntry.objects.get()
    assert calls == ["hunter2-hunter2"]
    assert "Took ***." in answer.content.decode()
    assert (entry.action, entry.outcome, entry.message) == (
        AuditAction.CONNECTION,
        "ok",
        "The connection of main: Took ***.",
    )
    assert "hunter2" not in answer.content.decode() + told()
    assert script.count("pay") == 0


def test_a_driver_without_such_a_call_offers_no_button_and_says_so(project, account, script, ada, url):
    assert url("provideraccount_try", account) not in ada.get(url("provideraccount_change", account)).content.decode()
    answer = ada.send(url("provideraccount_try", account))
    assert "has no call that only tries the credentials" in answer.content.decode()
    assert AuditEntry.objects.get().outcome == "ko"
