"""Members of staff are made and changed within the rights of who does it."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from backoffice.limits import refund_limit
from backoffice.models import RefundLimit, RolePolicy, StaffProfile
from backoffice.services import staff, staff_acts
from backoffice.services.by import By
from backoffice.services.staff import Given, seen, state_of
from paymenthub.kernel.errors import Conflict, Forbidden
from payments.models import AuditEntry, Project
from tests import factories
from tests.staff import make_staff

from .conftest import client_of, enrolled, signs_in

ADD = "/admin/auth/user/add/"


@pytest.fixture
def manager(roles: None, project: Project) -> User:
    """Somebody who manages staff of one project, and refunds up to EUR 100.00."""
    user = make_staff("manager", "manage_staff", "view_payment", "refund_payment", projects=(project,))
    RefundLimit.objects.create(user=user, currency="EUR", amount=10_000)
    return user


def _edit(person: User) -> str:
    return reverse("admin:auth_user_edit", args=[person.pk])


def _fields(person: User | None = None, **more: object) -> dict[str, object]:
    given = {"active": "on", "note": "As agreed."}
    return {**given, **({"seen": seen(person)} if person is not None else {"username": "ada"}), **more}


def _role(name: str, *codenames: str) -> Group:
    group = Group.objects.create(name=name)
    group.permissions.set(Permission.objects.filter(codename__in=codenames))
    return group


def test_a_member_of_staff_is_made_with_a_password_that_is_shown_once(manager: User, project: Project) -> None:
    lookers = _role("lookers", "view_payment")
    answer = client_of(manager).post(
        ADD, _fields(roles=[lookers.pk], projects=[project.pk], limits="EUR 50.00\nJPY 0", email="ada@example.com")
    )
    password = answer.context["password"]
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"].count("no-store") == 1

    ada = User.objects.get(username="ada")
    assert ada.check_password(password)
    assert (ada.is_staff, ada.is_superuser, list(ada.groups.all())) == (True, False, [lookers])
    assert list(ada.staff_profile.projects.all()) == [project]
    assert (refund_limit(ada, "EUR"), refund_limit(ada, "USD")) == (5_000, 0)
    entry = AuditEntry.objects.get(action="staff")
    assert (entry.actor, entry.note, entry.after["limits"]) == ("manager", "As agreed.", {"EUR": 5_000, "JPY": 0})
    assert password not in str(list(AuditEntry.objects.values()))


def test_a_one_time_password_opens_the_page_for_an_own_one_only(manager: User, project: Project) -> None:
    password = client_of(manager).post(ADD, _fields()).context["password"]
    client, status = signs_in("ada", password)
    assert status == 302
    page = reverse("admin:password_change")
    assert client.get("/admin/").headers["Location"].startswith(page)

    same = {"old_password": password, "new_password1": password, "new_password2": password}
    assert "This is the old password" in client.post(page, same).content.decode()
    own = same | {"new_password1": "words-of-her-own-7", "new_password2": "words-of-her-own-7"}
    assert client.post(page, own).status_code == 302
    assert client.get("/admin/").status_code == 200
    assert AuditEntry.objects.get(action="staff_password").message == "ada chose another password."


def test_a_change_is_written_down_with_before_and_after(manager: User, project: Project) -> None:
    ada = make_staff("ada", projects=(project,))
    lookers = _role("lookers", "view_payment")
    answer = client_of(manager).post(_edit(ada), _fields(ada, roles=[lookers.pk], projects=[project.pk]))
    assert answer.status_code == 302
    entry = AuditEntry.objects.get(action="staff")
    assert (entry.before, entry.after) == ({"roles": []}, {"roles": ["lookers"]})
    page = client_of(manager).get(reverse("admin:auth_user_change", args=[ada.pk])).content.decode()
    assert "<ins>lookers</ins>" in page


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"limits": "EUR 100.01"}, "a higher refund limit than your own"),
        ({"limits": "USD 1.00"}, "a higher refund limit than your own"),
        ({"limits": ""}, "a higher refund limit than your own"),
    ],
)
def test_nobody_gives_a_higher_limit_than_their_own(manager: User, more: dict[str, str], told: str) -> None:
    refunders = _role("refunds-alone", "refund_payment")
    answer = client_of(manager).post(ADD, _fields(roles=[refunders.pk], **more))
    assert answer.status_code == 400
    assert told in answer.content.decode()
    assert not User.objects.filter(username="ada").exists()
    assert client_of(manager).post(ADD, _fields(roles=[refunders.pk], limits="EUR 100.00")).status_code == 200


def test_nobody_gives_a_role_a_project_or_powers_that_are_not_theirs(manager: User) -> None:
    foreign = factories.make_project(name="elsewhere")
    money = _role("money", "capture_payment")
    for more in ({"roles": [money.pk]}, {"projects": [foreign.pk]}):
        assert client_of(manager).post(ADD, _fields(**more)).status_code == 400, more
    # Fields that are not offered are not read.
    answer = client_of(manager).post(ADD, _fields(superuser="on", all_projects="on", permissions=[1]))
    assert answer.status_code == 200
    ada = User.objects.get(username="ada")
    assert (ada.is_superuser, ada.staff_profile.all_projects, ada.user_permissions.count()) == (False, False, 0)


@pytest.mark.parametrize(
    "given",
    [
        lambda other: Given(all_projects=True),
        lambda other: Given(projects=[other]),
        lambda other: Given(roles=[Group.objects.get(name="finance")]),
        lambda other: Given(roles=[Group.objects.get(name="refunder")], limits={"EUR": 10_001}),
        lambda other: Given(superuser=True),
    ],
)
def test_the_service_refuses_what_a_forged_form_might_bring(manager: User, given) -> None:
    ada = make_staff("ada", projects=())
    other, before = factories.make_project(name="elsewhere"), state_of(ada)
    with pytest.raises(Forbidden):
        staff.change_staff(user_id=ada.pk, given=given(other), seen_before=seen(ada), by=By("manager", manager))
    assert state_of(ada) == before


def _of_all_projects(project: Project) -> User:
    return make_staff("other")


def _of_more_powers(project: Project) -> User:
    return make_staff("other", "capture_payment", projects=(project,))


def _of_a_higher_limit(project: Project) -> User:
    user = make_staff("other", "refund_payment", projects=(project,))
    RefundLimit.objects.create(user=user, currency="EUR", amount=10_001)
    return user


def _of_a_sleeping_superuser(project: Project) -> User:
    return User.objects.create_superuser("other", is_active=False)


def _of_powers_while_asleep(project: Project) -> User:
    return make_staff("other", "capture_payment", projects=(project,), is_active=False)


@pytest.mark.parametrize(
    "make",
    [_of_all_projects, _of_more_powers, _of_a_higher_limit, _of_a_sleeping_superuser, _of_powers_while_asleep],
)
def test_s64_nobody_takes_over_a_person_who_may_more(manager: User, project: Project, make) -> None:
    other = make(project)
    by = By("manager", manager)
    with pytest.raises(Forbidden):
        staff.change_staff(user_id=other.pk, given=Given(), seen_before=seen(other), by=by)
    for act in (staff_acts.give_one_time_password, staff_acts.reset_second_factor, staff_acts.unlock):
        with pytest.raises(Forbidden):
            act(user_id=other.pk, by=by)
    assert client_of(manager).post(_edit(other), _fields(other)).status_code in (403, 404)
    assert not AuditEntry.objects.exists()


def test_nobody_changes_their_own_rights(manager: User, project: Project) -> None:
    answer = client_of(manager).post(_edit(manager), _fields(manager, limits="EUR 1.00", projects=[project.pk]))
    assert answer.status_code == 403
    assert refund_limit(manager, "EUR") == 10_000


def test_without_the_permission_nothing_of_it_opens(roles: None, project: Project) -> None:
    ada, looker = make_staff("ada", projects=()), make_staff("looker", "view_user", "view_group")
    client = client_of(looker)
    assert client.get("/admin/auth/user/").status_code == 200
    assert client.get(reverse("admin:auth_user_change", args=[ada.pk])).status_code == 200
    assert client.get(ADD).status_code == 403
    assert client.post(_edit(ada), _fields(ada)).status_code == 403
    assert client.post(reverse("admin:auth_user_act", args=[ada.pk, "password"]), {}).status_code == 403
    assert client_of(make_staff("nobody")).get("/admin/auth/user/").status_code == 403


def test_people_of_other_projects_are_not_there(manager: User) -> None:
    other = make_staff("other", projects=(factories.make_project(name="elsewhere"),))
    client = client_of(manager)
    assert "other" not in [user.username for user in client.get("/admin/auth/user/").context["cl"].result_list]
    for name, args in (("change", []), ("edit", []), ("act", ["password"])):
        assert client.get(reverse(f"admin:auth_user_{name}", args=[other.pk, *args])).status_code == 404


def test_a_form_that_was_opened_before_another_change_writes_over_nothing(boss: User, roles: None) -> None:
    ada = make_staff("ada")
    old = _fields(ada, roles=[Group.objects.get(name="admin").pk], all_projects="on")
    assert client_of(boss).post(_edit(ada), _fields(ada, active="")).status_code == 302
    answer = client_of(boss).post(_edit(ada), old)
    assert (answer.status_code, "changed this person meanwhile" in answer.content.decode()) == (400, True)
    ada.refresh_from_db()
    assert (ada.is_active, ada.groups.count()) == (False, 0)


def test_whoever_may_no_longer_sign_in_is_out_at_once(boss: User) -> None:
    ada = make_staff("ada")
    client = client_of(ada)
    assert client.get("/admin/").status_code == 200
    client_of(boss).post(_edit(ada), _fields(ada, active="", all_projects="on"))
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")


def test_a_one_time_password_is_given_once_a_form(boss: User) -> None:
    ada = make_staff("ada", password="words-of-her-own-7")
    enrolled(ada)
    page, client = reverse("admin:auth_user_act", args=[ada.pk, "password"]), client_of(boss)
    form = {"token": client.get(page).context["token"], "note": "She forgot hers."}
    assert client.post(page, {"note": "No token."}).status_code == 400

    password = client.post(page, form).context["password"]
    again = client.post(page, form)

    assert (again.status_code, "was sent before" in again.content.decode()) == (400, True)
    ada.refresh_from_db()
    assert ada.check_password(password)
    assert StaffProfile.objects.get(user=ada).must_change_password


def test_an_administrator_resets_a_second_factor_and_unlocks(boss: User) -> None:
    ada = make_staff("ada", password="words-of-her-own-7")
    enrolled(ada)
    for _try in range(5):
        signs_in("ada", "wrong-words-here-1")
    client = client_of(boss)
    assert (
        "locked after wrong passwords" in client.get(reverse("admin:auth_user_change", args=[ada.pk])).content.decode()
    )
    for act in ("second-factor", "unlock"):
        page = reverse("admin:auth_user_act", args=[ada.pk, act])
        answer = client.post(page, {"token": client.get(page).context["token"], "note": "Phone lost."})
        assert answer.status_code == 302, act
    her, status = signs_in("ada", "words-of-her-own-7")
    assert (status, her.get("/admin/").status_code) == (302, 200)
    outcomes = AuditEntry.objects.filter(outcome="ok", actor="boss").values_list("action", flat=True)
    assert sorted(outcomes) == ["second_factor", "unlock_staff"]


def test_what_a_role_may_do_is_changed_by_superusers_and_written_down(boss: User, manager: User) -> None:
    support = Group.objects.get(name="support")
    page = reverse("admin:auth_group_edit", args=[support.pk])
    fields = {"name": "support", "note": "Less.", "refunds_limited": "on", "limits": "EUR 20", "permissions": []}
    assert client_of(manager).post(page, fields).status_code == 403
    assert client_of(boss).post(page, fields).status_code == 302
    assert support.permissions.count() == 0
    assert RolePolicy.objects.get(group=support).refunds_limited
    entry = AuditEntry.objects.get(action="role")
    assert (entry.after["limits"], entry.after["permissions"]) == ({"EUR": 2_000}, [])
    assert "payments.view_payment" in entry.before["permissions"]


def test_a_role_form_keeps_permissions_that_it_does_not_offer(boss: User, roles: None) -> None:
    role = _role("odd", "delete_payment")
    form = client_of(boss).get(reverse("admin:auth_group_edit", args=[role.pk])).context["form"]
    assert [one.codename for one in form.fields["permissions"].queryset if one.codename == "delete_payment"]


def test_a_role_that_somebody_holds_is_not_deleted(boss: User, roles: None) -> None:
    ada, viewer = make_staff("ada"), Group.objects.get(name="viewer")
    ada.groups.add(viewer)
    page = reverse("admin:auth_group_delete", args=[viewer.pk])
    assert client_of(boss).post(page, {"note": "Not needed."}).status_code == 400
    ada.groups.clear()
    assert client_of(boss).post(page, {"note": "Not needed."}).status_code == 302
    assert not Group.objects.filter(name="viewer").exists()


@pytest.mark.parametrize("limits", ["EUR", "EUR 1.234", "XXQ 1", "EUR 1\nEUR 2", "EUR -5", "1.00 EUR"])
def test_limits_that_cannot_be_read_are_refused(boss: User, limits: str) -> None:
    answer = client_of(boss).post(ADD, _fields(limits=limits))
    assert (answer.status_code, bool(answer.context["form"].errors["limits"])) == (400, True)


def test_markup_in_names_is_text(boss: User) -> None:
    ada = make_staff("ada", first_name="<script>alert(1)</script>")
    for page in ("/admin/auth/user/", reverse("admin:auth_user_change", args=[ada.pk]), _edit(ada)):
        assert "<script>alert(" not in client_of(boss).get(page).content.decode(), page


def test_the_command_makes_a_person_who_signs_in(
    roles: None, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("create_staff", "anna", "--role", "refunder", "--project", project.name, "--limit", "EUR:100.00")
    password = capsys.readouterr().out.split()[-1]
    anna = User.objects.get(username="anna")
    assert (refund_limit(anna, "EUR"), list(anna.staff_profile.projects.all())) == (10_000, [project])
    client: Client = signs_in("anna", password)[0]
    assert client.get("/admin/").headers["Location"].startswith("/admin/password_change/")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["anna", "--role", "king"], "Roles: admin, developer"),
        (["anna", "--project", "nowhere"], "There is no project called 'nowhere'"),
        (["anna", "--limit", "100"], "Write it like EUR:100.00"),
        (["an na"], "is no user name"),
        (["boss"], "Choose another name"),
    ],
)
def test_the_command_says_what_to_do_next(boss: User, roles: None, arguments: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        call_command("create_staff", *arguments)


def test_a_second_reset_by_the_service_with_the_same_number_is_refused(boss: User) -> None:
    ada = make_staff("ada")
    staff_acts.unlock(user_id=ada.pk, by=By("boss", boss), number=1)
    with pytest.raises(Conflict):
        staff_acts.unlock(user_id=ada.pk, by=By("boss", boss), number=1)
