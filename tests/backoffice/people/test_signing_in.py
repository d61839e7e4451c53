"""Signing in: what is told, what is counted, what is written down."""

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from backoffice.models import AccessKind, AccessRecord
from payments.models import AuditEntry
from tests.staff import make_staff

from .conftest import PASSWORD, signs_in


@pytest.fixture
def ada(db: None) -> User:
    return make_staff("ada", "view_payment", password=PASSWORD)


def _kinds() -> list[tuple[str, str]]:
    return list(AccessRecord.objects.order_by("id").values_list("kind", "actor"))


def test_signing_in_and_out_is_written_down(ada: User) -> None:
    client, status = signs_in("ada", HTTP_USER_AGENT="Firefox")
    assert status == 302
    assert client.post("/admin/logout/").status_code == 200
    assert _kinds() == [(AccessKind.SIGNED_IN, "ada"), (AccessKind.SIGNED_OUT, "ada")]
    row = AccessRecord.objects.order_by("id")[0]
    assert (row.actor_id, row.address, row.browser) == (ada.pk, "127.0.0.1", "Firefox")


def test_a_wrong_password_and_a_wrong_name_read_the_same_and_neither_is_kept(ada: User) -> None:
    pages = [
        Client().post("/admin/login/", {"username": name, "password": "hunter2-hunter2"}).content.decode()
        for name in ("ada", "hunter2-typed-here")
    ]
    errors = [page.partition("errornote")[2][:500].replace("hunter2-typed-here", "ada") for page in pages]
    assert "correct username and password" in pages[0]
    assert errors[0] == errors[1]
    assert _kinds() == [(AccessKind.FAILED, "ada"), (AccessKind.FAILED, "?")]
    assert "hunter2" not in str(list(AccessRecord.objects.values()))


def test_after_five_wrong_passwords_even_the_right_one_is_refused(ada: User) -> None:
    statuses = [signs_in("ada", "wrong-words-here-1")[1] for _try in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    client, status = signs_in("ada")
    assert status == 429
    assert client.get("/admin/").status_code == 302
    assert _kinds()[-1] == (AccessKind.LOCKED, "ada")


def test_a_name_that_nobody_has_is_locked_with_the_same_page(ada: User) -> None:
    pages = []
    for name in ("ada", "nobody"):
        for _try in range(5):
            answer = Client().post("/admin/login/", {"username": name, "password": "wrong-words-here-1"})
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "900"
        pages.append(answer.content.decode().partition('class="hub-people"')[2])
    assert pages[0] == pages[1]


def test_a_lock_is_for_one_name_from_one_address(ada: User) -> None:
    make_staff("bob", password=PASSWORD)
    for _try in range(5):
        signs_in("ada", "wrong-words-here-1")
    assert signs_in("bob")[1] == 302
    assert signs_in("ada", REMOTE_ADDR="203.0.113.9")[1] == 302


def test_a_forwarded_address_counts_only_from_a_trusted_proxy(ada: User, settings) -> None:
    for last in range(5):
        signs_in("ada", "wrong-words-here-1", REMOTE_ADDR="198.51.100.1", HTTP_X_FORWARDED_FOR=f"203.0.113.{last}")
    assert signs_in("ada", REMOTE_ADDR="198.51.100.1", HTTP_X_FORWARDED_FOR="203.0.113.77")[1] == 429
    settings.TRUSTED_PROXIES = ["198.51.100.0/24"]
    assert signs_in("ada", REMOTE_ADDR="198.51.100.1", HTTP_X_FORWARDED_FOR="203.0.113.77")[1] == 302


def test_one_address_tries_many_names_only_so_often(ada: User, settings) -> None:
    cache.clear()
    settings.STAFF_SIGN_IN_RATE_PER_IP = "3/day"
    statuses = [signs_in(f"name{number}", REMOTE_ADDR="203.0.113.200")[1] for number in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert AccessRecord.objects.count() == 3


def test_the_command_lets_a_locked_superuser_in_again(boss: User, capsys: pytest.CaptureFixture[str]) -> None:
    for _try in range(5):
        signs_in("boss", "wrong-words-here-1")
    call_command("rescue_staff", "boss")
    assert signs_in("boss")[1] == 302
    entry = AuditEntry.objects.get(action="unlock_staff", outcome="ok")
    assert (entry.actor, entry.note) == ("command line", "rescue_staff")


def test_force_login_and_people_without_a_second_factor_pass_as_ever(ada: User) -> None:
    client = Client()
    client.force_login(ada)
    assert client.get("/admin/").status_code == 200
