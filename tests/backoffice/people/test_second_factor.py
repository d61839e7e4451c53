"""The second factor: set up, asked for, used once, reset."""

import base64
import threading

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.test import Client

from backoffice.models import AccessKind, AccessRecord, RecoveryCode, RolePolicy, SealedTotp
from backoffice.services import second_factor
from backoffice.services.by import By
from paymenthub.kernel.errors import Conflict, InvalidField, RateLimited
from payments import locks
from payments.models import AuditEntry
from tests.staff import make_staff

from .conftest import PASSWORD, client_of, code_of, enrolled, signs_in

STEP = "/admin/second-step/"
SET_UP = "/admin/account/second-factor/"


@pytest.fixture
def ada(db: None) -> User:
    return make_staff("ada", "view_payment", password=PASSWORD)


def test_after_the_password_nothing_opens_before_the_code(ada: User) -> None:
    key, _codes = enrolled(ada)
    client, status = signs_in("ada")
    assert status == 302

    for page in ("/admin/", "/admin/payments/payment/", "/admin/account/", SET_UP, "/admin/password_change/"):
        answer = client.get(page)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, STEP), page
    assert client.post(SET_UP, {"code": "000000", "what": "off"}).headers["Location"] == STEP

    before = client.session.session_key
    answer = client.post(STEP, {"code": code_of(key, steps=1), "next": "/admin/payments/payment/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/payments/payment/")
    assert client.session.session_key != before
    assert client.get("/admin/payments/payment/").status_code == 200
    kinds = list(AccessRecord.objects.order_by("id").values_list("kind", flat=True))
    assert kinds[:2] == [AccessKind.SIGNED_IN, AccessKind.SECOND_FACTOR]


def test_s64_a_code_passes_once(ada: User) -> None:
    key, _codes = enrolled(ada)
    code = code_of(key, steps=1)
    first, second = client_of(ada), client_of(ada)
    assert first.post(STEP, {"code": code}).status_code == 302
    assert second.post(STEP, {"code": code}).status_code == 400
    assert second.get("/admin/").headers["Location"].startswith(STEP)


def test_the_code_of_the_set_up_does_not_pass_the_next_sign_in(ada: User) -> None:
    key = second_factor.new_key()
    code = code_of(key)
    second_factor.enrol(user_id=ada.pk, key=key, code=code, by=By("ada", ada))
    with pytest.raises(InvalidField):
        second_factor.verify(user=ada, code=code)


def test_a_wrong_code_makes_the_next_one_wait_even_a_right_one(ada: User) -> None:
    key, codes = enrolled(ada)
    with pytest.raises(InvalidField):
        second_factor.verify(user=ada, code="000000")
    for right in (code_of(key, steps=1), codes[0]):
        with pytest.raises(RateLimited):
            second_factor.verify(user=ada, code=right)
    assert RecoveryCode.objects.filter(user=ada, used_at=None).count() == 10


def test_after_five_wrong_codes_the_password_is_asked_for_again(ada: User) -> None:
    enrolled(ada)
    client = client_of(ada)
    answers = [client.post(STEP, {"code": "nonsense"}) for _try in range(5)]
    assert answers[-1].headers["Location"] == "/admin/login/"
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")


def test_a_recovery_code_passes_once_however_it_is_written(ada: User) -> None:
    _key, codes = enrolled(ada)
    assert client_of(ada).post(STEP, {"code": f" {codes[0].upper().replace('-', ' ')} "}).status_code == 302
    assert second_factor.codes_left(ada) == 9
    assert client_of(ada).post(STEP, {"code": codes[0]}).status_code == 400


def test_a_recovery_code_of_somebody_else_does_not_pass(ada: User) -> None:
    enrolled(ada)
    _key, codes = enrolled(make_staff("bob"))
    with pytest.raises(InvalidField):
        second_factor.verify(user=ada, code=codes[0])


def test_neither_key_nor_codes_stand_in_the_tables(ada: User) -> None:
    key, codes = enrolled(ada)
    device = SealedTotp.objects.get(user=ada)
    assert key.hex() not in device.key
    assert device.key.startswith("v1.")
    assert device.bin_key == key
    stored = str(list(RecoveryCode.objects.values()))
    assert [code for code in codes if code in stored or code.replace("-", "") in stored] == []


def test_setting_it_up_in_the_browser_shows_the_codes_once_and_ends_other_sessions(ada: User) -> None:
    here, elsewhere = client_of(ada), client_of(ada)
    assert elsewhere.get("/admin/").status_code == 200
    page = here.get(SET_UP)
    key = _shown_key(page.context["secret"])
    assert page.context["picture"].startswith("data:image/svg+xml")

    answer = here.post(SET_UP, {"code": code_of(key)})
    codes = answer.context["codes"]
    assert len(set(codes)) == 10
    assert here.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/").headers["Location"].startswith("/admin/login/")
    assert not any(codes[0] in here.get(url).content.decode() for url in (SET_UP, "/admin/account/"))
    assert AuditEntry.objects.get(action="second_factor").message == "A second factor was set up for ada."


def test_a_wrong_code_at_the_set_up_keeps_the_same_key(ada: User) -> None:
    client = client_of(ada)
    first = client.get(SET_UP).context["secret"]
    answer = client.post(SET_UP, {"code": "000000"})
    assert (answer.status_code, answer.context["secret"]) == (400, first)
    assert not SealedTotp.objects.exists()


def test_new_codes_and_turning_off_ask_for_a_code(ada: User) -> None:
    key, codes = enrolled(ada)
    client = client_of(ada)
    client.post(STEP, {"code": code_of(key, steps=1)})
    assert client.post(SET_UP, {"code": "wrong", "what": "off"}).status_code == 400
    assert second_factor.device_of(ada) is not None
    SealedTotp.objects.update(throttling_failure_count=0)
    fresh = client.post(SET_UP, {"code": codes[0], "what": "codes"}).context["codes"]
    assert set(fresh) & set(codes) == set()
    assert client.post(SET_UP, {"code": fresh[0], "what": "off"}).headers["Location"] == "/admin/account/"
    assert second_factor.device_of(ada) is None
    assert not RecoveryCode.objects.exists()


def test_whoever_holds_a_role_that_asks_for_it_sets_it_up_before_anything_else(ada: User) -> None:
    role = Group.objects.create(name="money")
    RolePolicy.objects.create(group=role, two_factor=True)
    client = client_of(ada)
    assert client.get("/admin/").status_code == 200
    ada.groups.add(role)
    for page in ("/admin/", "/admin/payments/payment/", "/admin/account/"):
        assert client.get(page).headers["Location"].startswith(SET_UP), page
    key = _shown_key(client.get(SET_UP).context["secret"])
    client.post(SET_UP, {"code": code_of(key)})
    assert client.get("/admin/").status_code == 200


def test_a_setting_asks_everybody_superusers_too(boss: User, settings) -> None:
    settings.STAFF_TWO_FACTOR = "all"
    assert client_of(boss).get("/admin/").headers["Location"].startswith(SET_UP)


def test_the_command_resets_the_second_factor_of_a_superuser_who_lost_the_phone(boss: User) -> None:
    enrolled(boss)
    call_command("rescue_staff", "boss", "--second-factor")
    assert client_of(boss).get("/admin/").status_code == 200
    assert AuditEntry.objects.filter(action="second_factor", actor="command line", outcome="ok").count() == 1


def test_next_leads_nowhere_else(ada: User) -> None:
    key, _codes = enrolled(ada)
    answer = client_of(ada).post(STEP, {"code": code_of(key, steps=1), "next": "//evil.example/admin/"})
    assert answer.headers["Location"] == "/admin/"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_of_two_tabs_that_set_up_at_once_one_wins(locked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = make_staff("ada")
    keys = [second_factor.new_key(), second_factor.new_key()]
    both, results = threading.Barrier(2), []
    if not locked:
        monkeypatch.setattr(locks, "staff", lambda user_id: User.objects.get(pk=user_id))
        asked = second_factor.device_of

        def asked_together(user: User) -> SealedTotp | None:
            found = asked(user)
            both.wait(10)
            return found

        monkeypatch.setattr(second_factor, "device_of", asked_together)

    def tab(key: bytes) -> None:
        try:
            if locked:
                both.wait(10)
            second_factor.enrol(user_id=ada.pk, key=key, code=code_of(key), by=By("ada", ada))
            results.append("set up")
        except Conflict:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=tab, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(results) == (["refused", "set up"] if locked else ["set up", "set up"])
    assert SealedTotp.objects.filter(user=ada).count() == (1 if locked else 2)


def _shown_key(secret: str) -> bytes:
    text = secret.replace(" ", "")
    return base64.b32decode(text + "=" * (-len(text) % 8))


def test_a_visitor_is_sent_to_the_sign_in(db: None) -> None:
    for page in (STEP, SET_UP, "/admin/account/"):
        assert Client().get(page).headers["Location"].startswith("/admin/login/"), page
