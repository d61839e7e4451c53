"""Two people at the same moment; each race has a control without its guard."""

import datetime as dt
from dataclasses import replace

import pytest

from paymenthub.kernel import clock, ids
from paymenthub.kernel.errors import Conflict
from payments import locks
from payments.models import ApiKey, AuditEntry, Project, ProviderAccount
from payments.selectors.configured import version_of
from payments.services.api_keys import KeyGiven, make_key, revoke_key, rotate_key
from payments.services.install_machine import By
from payments.services.merchants import create_api_key
from payments.services.provider_accounts import AccountGiven, change_account
from tests.concurrency.race import _meeting, errors_in, together

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4
BY = By("ada", "for the tests")


def edits(account, seen):
    """Two who opened the page at the same time: one gives it another method, the other one another name."""
    plain = AccountGiven(name="main", methods=["credit-cards"], is_default=True)
    wallet = replace(plain, methods=["wallet"])
    renamed = replace(plain, name="renamed")
    return [
        lambda given=given: change_account(account=account, given=given, by=BY, seen=seen)
        for given in (wallet, renamed)
    ]


def test_of_two_who_edit_at_once_one_is_refused(project, account, script):
    for _ in range(ROUNDS):
        ProviderAccount.objects.update(name="main", methods=["credit-cards"])
        account.refresh_from_db()

        results = together(*edits(account, version_of(account)))

        account.refresh_from_db()
        assert [type(error) for error in errors_in(results)] == [Conflict]
        assert (account.name, account.methods) in [("main", ["wallet"]), ("renamed", ["credit-cards"])]


def test_control_without_the_lock_both_go_on_and_one_change_is_lost(project, account, script, monkeypatch):
    real, meet = locks.project, _meeting(2, 0)

    def unlocked(project_id):
        row = Project.objects.get(pk=project_id)
        return row if meet() else real(project_id)

    seen = version_of(account)
    monkeypatch.setattr(locks, "project", unlocked)
    met = _meeting(2, 0)

    def late(row, seen):
        version_ok = version_of(row).mark == seen.mark
        met()  # both have looked before either writes
        assert version_ok

    monkeypatch.setattr("payments.services.provider_accounts.refuse_if_changed", late)

    results = together(*edits(account, seen))

    assert errors_in(results) == []
    assert AuditEntry.objects.count() == 2


def test_one_form_sent_twice_at_once_makes_one_key(project):
    for _ in range(ROUNDS):
        before = ApiKey.objects.count()
        given = KeyGiven(id=ids.new_uuid(), mode="test", scopes=["read"], name="twice")

        results = together(*[lambda given=given: make_key(project=project, given=given, by=BY)] * 2)

        assert [type(error) for error in errors_in(results)] == [Conflict]
        assert ApiKey.objects.count() == before + 1


def test_control_two_forms_at_once_make_two_keys(project):
    given = [KeyGiven(id=ids.new_uuid(), mode="test", scopes=["read"], name="two") for _ in range(2)]
    results = together(*[lambda each=each: make_key(project=project, given=each, by=BY) for each in given])
    assert (errors_in(results), ApiKey.objects.count()) == ([], 2)


def test_revoked_and_rotated_at_once_the_old_key_is_dead_and_a_new_one_was_shown_or_refused(project):
    for _ in range(ROUNDS):
        key = create_api_key(project=project, mode="test", scopes=["read"]).key
        seen, new_id = version_of(key), ids.new_uuid()

        def rotate(key=key, seen=seen, new_id=new_id):
            return rotate_key(key=key, new_id=new_id, overlap=dt.timedelta(hours=1), expires_at=None, by=BY, seen=seen)

        results = together(lambda key=key: revoke_key(key=key, by=BY), rotate)

        key.refresh_from_db()
        assert key.revoked_at is not None
        assert key.revoked_at <= clock.now()
        made = ApiKey.objects.filter(pk=new_id).exists()
        assert made == (errors_in(results) == [])
