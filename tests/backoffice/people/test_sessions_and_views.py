"""Who is signed in, and who looked at what."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backoffice.models import AccessKind, AccessRecord, StaffSession
from backoffice.requests import browser_words
from backoffice.services import access_records, sessions
from payments.models import Payment
from tests.backoffice import rows
from tests.staff import make_staff

from .conftest import PASSWORD, client_of, signs_in

END = "/admin/account/sessions/end/"


@pytest.fixture
def ada(db: None) -> User:
    return make_staff("ada", "view_payment", password=PASSWORD)


def _page(payment: Payment) -> str:
    return reverse("admin:payments_payment_change", args=[payment.pk])


def test_a_person_sees_their_sessions_and_ends_the_others(ada: User) -> None:
    here, _status = signs_in("ada", HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
    there, _status = signs_in("ada", HTTP_USER_AGENT="<b>Robot", REMOTE_ADDR="203.0.113.9")
    signs_in_of_bob = client_of(make_staff("bob"))
    signs_in_of_bob.get("/admin/")
    page = here.get("/admin/account/").content.decode()
    assert "203.0.113.9" in page
    assert "Firefox 140, Windows" in page
    assert "&lt;b&gt;Robot" in page
    assert page.count('name="session"') == 2  # the other one, and «all others»

    row = StaffSession.objects.get(browser="<b>Robot")
    assert here.post(END, {"session": row.pk}).status_code == 302
    assert there.get("/admin/").headers["Location"].startswith("/admin/login/")
    here.post(END, {"session": "others"})
    assert here.get("/admin/").status_code == 200
    assert signs_in_of_bob.get("/admin/").status_code == 200


def test_nobody_ends_somebody_elses_session_on_the_own_page(ada: User) -> None:
    bob = client_of(make_staff("bob"))
    bob.get("/admin/")
    row = StaffSession.objects.get()
    assert client_of(ada).post(END, {"session": row.pk}).status_code == 404
    assert bob.get("/admin/").status_code == 200


def test_a_new_password_ends_the_other_sessions(ada: User) -> None:
    here, there = signs_in("ada")[0], signs_in("ada")[0]
    new = {"old_password": PASSWORD, "new_password1": "words-of-her-own-7", "new_password2": "words-of-her-own-7"}
    assert here.post("/admin/password_change/", new).status_code == 302
    assert here.get("/admin/").status_code == 200
    assert there.get("/admin/").status_code == 302
    assert StaffSession.objects.filter(user=ada).count() == 1


def test_who_may_see_sessions_ends_them_but_not_a_superusers(ada: User, boss: User) -> None:
    hers, his = client_of(ada), client_of(boss)
    hers.get("/admin/")
    his.get("/admin/")
    watcher = client_of(make_staff("watcher", "view_session", "view_user"))
    assert watcher.get(reverse("admin:backoffice_staffsession_changelist")).status_code == 200

    for person, still in ((ada, 302), (boss, 200)):
        row = StaffSession.objects.get(user=person)
        page = reverse("admin:auth_user_act", args=[person.pk, "sessions"]) + f"?session={row.pk}"
        token = watcher.get(page).context["token"]
        watcher.post(page, {"token": token, "note": "Strange address."})
        assert (hers if person is ada else his).get("/admin/").status_code == still, person


def test_the_list_of_sessions_needs_its_permission(ada: User) -> None:
    assert client_of(ada).get(reverse("admin:backoffice_staffsession_changelist")).status_code == 403


def test_a_session_is_noted_once_a_minute_not_once_a_page(ada: User) -> None:
    client = client_of(ada)
    client.get("/admin/")
    with CaptureQueriesContext(connection) as captured:
        client.get("/admin/")
    assert [q["sql"] for q in captured if "backoffice_staffsession" in q["sql"]] == []
    assert [q["sql"] for q in captured if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))] == []


def test_looking_at_a_payment_is_written_down_once_an_hour(ada: User, account) -> None:
    payment = rows.make_payment(account)
    client = client_of(ada)
    for _look in range(3):
        assert client.get(_page(payment)).status_code == 200
    row = AccessRecord.objects.get(kind=AccessKind.VIEWED)
    assert (row.actor, row.object_type, row.object_id) == ("ada", "payments.payment", str(payment.pk))
    assert row.project_id == payment.project_id
    client_of(make_staff("bob", "view_payment")).get(_page(payment))
    assert AccessRecord.objects.filter(kind=AccessKind.VIEWED).count() == 2


def test_a_page_that_was_refused_is_no_view(account) -> None:
    payment = rows.make_payment(account)
    assert client_of(make_staff("eve", "view_payment", projects=())).get(_page(payment)).status_code in (302, 404)
    assert client_of(make_staff("eva")).get(_page(payment)).status_code == 403
    assert not AccessRecord.objects.exists()


def test_views_are_shown_to_those_of_the_project_and_sign_ins_to_those_who_see_all(ada: User, account) -> None:
    payment = rows.make_payment(account)
    signs_in("ada")[0].get(_page(payment))
    url = reverse("admin:backoffice_accessrecord_changelist")

    def kinds(name: str, **more: object) -> list[str]:
        client = client_of(make_staff(name, "view_accessrecord", **more))
        return sorted(row.kind for row in client.get(url).context["cl"].result_list)

    assert kinds("all") == [AccessKind.SIGNED_IN, AccessKind.VIEWED]
    assert kinds("of-it", projects=(payment.project,)) == [AccessKind.VIEWED]
    assert kinds("of-none", projects=()) == []
    assert client_of(ada).get(url).status_code == 403


@pytest.mark.parametrize("act", [lambda rows: rows.update(actor="eve"), lambda rows: rows.delete()])
def test_access_records_are_append_only(ada: User, act) -> None:
    signs_in("ada")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        act(AccessRecord.objects.all())
    assert AccessRecord.objects.count() == 1


def test_only_what_is_older_than_the_setting_is_forgotten(ada: User, settings) -> None:
    settings.ACCESS_RECORDS_KEPT_DAYS = 100
    now = timezone.now()
    for days in (1, 99, 101, 400):
        AccessRecord.objects.create(
            kind=AccessKind.SIGNED_IN, actor=f"{days}", created_at=now - dt.timedelta(days=days)
        )
    assert access_records.forget_old() == 2
    assert sorted(AccessRecord.objects.values_list("actor", flat=True)) == ["1", "99"]


def test_sessions_that_are_over_are_forgotten(ada: User) -> None:
    client_of(ada).get("/admin/")
    StaffSession.objects.create(key="gone", user=ada, seen_at=timezone.now() - dt.timedelta(hours=2))
    sessions.forget_old()
    assert StaffSession.objects.exclude(key="gone").count() == 1
    assert not StaffSession.objects.filter(key="gone").exists()


def test_a_person_chooses_the_language_of_the_pages(ada: User) -> None:
    client = client_of(ada)
    assert client.post("/admin/account/", {"language": "it"}).status_code == 302
    assert client.get("/admin/account/").headers["Content-Language"] == "it"
    assert client.post("/admin/account/", {"language": "xx"}).status_code == 200
    assert client.get("/admin/account/").headers["Content-Language"] == "it"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/139.0.0.0 Safari/537.36", "Chrome 139, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/139.0.0.0 Safari/537.36 Edg/139.0", "Edge 139, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari 18, iPhone"),
        ("curl/8.5.0", "curl 8"),
        ("x" * 300, "x" * 60),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_few_words(said: str, shown: str) -> None:
    assert browser_words(said) == shown
