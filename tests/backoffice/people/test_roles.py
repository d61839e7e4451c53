"""The roles that the hub brings along."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from backoffice.models import InstalledRole, RolePolicy
from backoffice.roles import ROLES, Role
from backoffice.services import sync_roles as module
from backoffice.services.sync_roles import sync_roles


@pytest.fixture
def of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    _version(monkeypatch, "payments.view_payment", "payments.view_refund")


def _version(monkeypatch: pytest.MonkeyPatch, *permissions: str) -> None:
    monkeypatch.setattr(module, "ROLES", (Role("night", frozenset(permissions)),))


def _held(name: str = "night") -> set[str]:
    return set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))


def test_every_permission_of_every_role_exists(roles: None) -> None:
    rows = Permission.objects.values_list("content_type__app_label", "codename")
    there = {f"{app}.{codename}" for app, codename in rows}
    named = {name for role in ROLES for name in role.permissions}
    assert named - there == set()


def test_the_six_roles_are_groups_and_each_is_wider_than_the_one_before(roles: None) -> None:
    assert set(Group.objects.values_list("name", flat=True)) >= {
        "viewer", "support", "refunder", "finance", "developer", "admin",
    }  # fmt: skip
    by_name = {role.name: role.permissions for role in ROLES}
    assert by_name["viewer"] < by_name["support"] < by_name["refunder"] < by_name["finance"] < by_name["admin"]
    assert by_name["support"] < by_name["developer"] < by_name["admin"]
    assert by_name["developer"] & {"payments.refund_payment", "payments.capture_payment"} == set()
    assert all(name.partition(".")[2].startswith("view_") for name in by_name["viewer"])


def test_refunders_are_limited_and_finance_and_admins_need_a_second_factor(roles: None) -> None:
    policies = {row.group.name: row for row in RolePolicy.objects.select_related("group")}
    assert {name for name, row in policies.items() if row.refunds_limited} == {"refunder"}
    assert {name for name, row in policies.items() if row.two_factor} == {"finance", "admin"}


def test_running_again_changes_nothing(roles: None) -> None:
    assert sync_roles() == []


def test_a_later_version_gives_what_is_new_and_takes_what_is_gone(
    of_two: None, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync_roles()
    _version(monkeypatch, "payments.view_payment", "payments.view_mail")
    assert sync_roles() == ["night: 1 permissions are new, 1 are gone."]
    assert _held() == {"view_payment", "view_mail"}


def test_what_a_person_took_or_gave_stays_so_in_a_later_version(
    of_two: None, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync_roles()
    group = Group.objects.get(name="night")
    group.permissions.remove(Permission.objects.get(codename="view_refund"))
    group.permissions.add(Permission.objects.get(codename="capture_payment"))

    _version(monkeypatch, "payments.view_payment", "payments.view_refund", "payments.view_mail")
    sync_roles()

    assert _held() == {"view_payment", "view_mail", "capture_payment"}


def test_a_group_of_that_name_that_was_there_before_stays_as_it_is(of_two: None, db: None) -> None:
    Group.objects.create(name="night")
    assert sync_roles() == ["night: a group of this name was there and stays as it is."]
    assert _held() == set()
    assert sync_roles() == []


def test_a_role_that_was_deleted_is_not_made_again(of_two: None, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    sync_roles()
    Group.objects.get(name="night").delete()
    _version(monkeypatch, "payments.view_payment")
    assert sync_roles() == ["night: the group was deleted, and stays so."]
    assert not Group.objects.filter(name="night").exists()


def test_a_permission_that_does_not_exist_yet_is_given_once_it_does(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    _version(monkeypatch, "payments.view_payment", "payments.fly")
    sync_roles()
    assert InstalledRole.objects.get(pk="night").permissions == ["payments.view_payment"]
    view = Permission.objects.get(codename="view_payment")
    Permission.objects.create(codename="fly", name="Can fly", content_type=view.content_type)
    sync_roles()
    assert _held() == {"view_payment", "fly"}


def test_the_command_says_what_it_did(of_two: None, db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("sync_roles")
    call_command("sync_roles")
    assert capsys.readouterr().out.splitlines() == ["night: made with 2 permissions.", "All roles are up to date."]
