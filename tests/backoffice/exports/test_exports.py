"""Exports of lists: exactly the filtered set, for who may see it; at once, or by a worker that may die."""

import contextlib
import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as hub_settings
from django.contrib.auth.models import Permission, User
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from backoffice.exports import reading
from backoffice.exports.lists import LISTS
from backoffice.exports.reading import snapshot
from backoffice.exports.storage import files
from backoffice.lists.bounded import TooSlow
from backoffice.models import ExportJob, ExportState
from backoffice.payment_filters import filtered_payments
from backoffice.services import make_export as service
from backoffice.services.make_export import make_export
from backoffice.tasks.exports import sweep_exports
from paymenthub.kernel import clock
from payments.models import AuditEntry, Payment, Project
from tests import factories
from tests.backoffice import rows
from tests.staff import make_staff

pytestmark = pytest.mark.django_db(transaction=True)
MAY = (
    "export_rows",
    "view_payment",
    "view_refund",
    "view_auditentry",
    "view_operatoritem",
    "view_subscription",
    "view_invoice",
)


@pytest.fixture(autouse=True)
def place_for_files(settings, tmp_path, monkeypatch):
    """Files of this test alone; a worker is called by the test itself."""
    options = settings.STORAGES["exports"]["OPTIONS"] | {"location": str(tmp_path)}
    settings.STORAGES = settings.STORAGES | {"exports": settings.STORAGES["exports"] | {"OPTIONS": options}}
    monkeypatch.setattr("backoffice.exports.views.nudge", lambda *_: None)
    return tmp_path


@pytest.fixture
def account(project: Project) -> Any:
    return rows.make_account(project)


@pytest.fixture
def anna(db: None) -> User:
    return make_staff("anna", *MAY)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(name: str = "payments", query: str = "") -> str:
    return f"{reverse('admin:backoffice_exportjob_new', args=[name])}?{query}"


def export(user: User, query: str = "", *, name: str = "payments", format: str = "csv", **more: Any) -> Any:
    columns = more.pop("columns", [column.key for column in LISTS[name].columns])
    return client_of(user).post(address(name, query), {"format": format, "columns": columns, **more})


def lines(response: Any) -> list[dict[str, str]]:
    content = b"".join(response).decode()
    response.close()
    return list(csv.DictReader(io.StringIO(content, newline="")))


def order_job(user: User, settings: Any, query: str = "", **more: Any) -> ExportJob:
    """Ask for an export that is too large to be sent at once."""
    settings.EXPORT_STREAM_ROWS = 0
    response = export(user, query, **more)
    assert response.status_code == 302, response.content
    return ExportJob.objects.get(pk=response["Location"].rstrip("/").split("/")[-2])


def test_the_file_holds_exactly_what_the_list_shows_under_its_filter(account, anna):
    for number in range(5):
        rows.make_payment(account, amount=10_000 + 100 * number)
    rows.make_payment(account, amount=99_900)

    found = lines(export(anna, "amount_to=103&mode=test"))

    shown = filtered_payments(anna, QueryDict("amount_to=103&mode=test"))
    assert [line["id"] for line in found] == [payment.public_id for payment in shown]
    assert len(found) == 4


def test_s54_rows_of_other_projects_are_in_no_export(account):
    foreign = rows.make_account(factories.make_project())
    mine, other = rows.make_payment(account), rows.make_payment(foreign)
    rows.make_refund(mine), rows.make_refund(other)
    rows.make_audit(mine), rows.make_audit(other)
    bea = make_staff("bea", *MAY, projects=(account.project,))

    assert [line["id"] for line in lines(export(bea))] == [mine.public_id]
    for name in ("refunds", "audit"):
        own = lines(export(bea, name=name))
        assert {line["project"] for line in own} == {account.project.name}
        assert {line["payment_id"] for line in own} <= {mine.public_id, ""}
    # A filter that names a foreign project is not one of this person's.
    response = export(bea, f"project={foreign.project_id}")
    assert response.status_code == 400 or lines(response) == []


@pytest.mark.parametrize("name", sorted(LISTS))
def test_each_list_is_exported_with_all_of_its_columns_in_each_format(name, account, anna):
    payment = rows.make_payment(account, buyer={"name": "=1+1", "email": "a@example.com"})
    rows.make_refund(payment), rows.make_audit(payment)

    for format in ("csv", "csv-semicolon", "xlsx", "jsonl"):
        response = export(anna, name=name, format=format)
        content = b"".join(response)
        response.close()
        assert response.status_code == 200
        assert "-utc." in response["Content-Disposition"]
        assert "no-store" in response["Cache-Control"]
        assert content or format == "jsonl"


def test_s55_s77_amounts_times_and_hostile_words_in_a_file(account, anna):
    at = dt.datetime(2027, 3, 1, 23, 30, tzinfo=dt.UTC)
    rows.make_payment(account, amount=1234567, currency="KWD", created_at=at, buyer={"name": "=HYPERLINK(1)"})

    (line,) = lines(export(anna))

    assert (line["amount"], line["amount_minor"]) == ("1234.567", "1234567")
    assert line["created_at_utc"] == "2027-03-01T23:30:00.000Z"
    assert line["buyer_name"] == "'=HYPERLINK(1)"


def test_only_the_chosen_columns_are_in_the_file(account, anna):
    rows.make_payment(account)

    (line,) = lines(export(anna, columns=["currency", "id"]))

    assert list(line) == ["id", "currency"]


def test_the_first_bytes_leave_before_the_last_row_is_read(account, anna, monkeypatch):
    # given more rows than one fetch brings
    monkeypatch.setattr(reading, "_ROWS_AT_ONCE", 500)
    base = rows.make_payment(account)
    copies = [
        Payment(**{f.attname: getattr(base, f.attname) for f in Payment._meta.concrete_fields if f.name != "id"})
        for _ in range(1_000)
    ]
    for number, copy in enumerate(copies):
        copy.shop_transaction_id = copy.claimed_shop_transaction_id = f"copy-{number}"
    Payment.objects.bulk_create(copies)
    # when the first part is taken
    response = export(anna)
    parts = iter(response)
    first = next(parts)
    # then what happens meanwhile is in none of the later ones: all of it is of one moment
    Payment.objects.filter(shop_transaction_id__startswith="copy-").update(currency="USD")
    rest = b"".join(parts)
    response.close()
    assert first.count(b"\r\n") == 501
    assert rest.count(b"\r\n") == 501
    assert b"USD" not in rest


def test_a_download_that_is_broken_off_gives_its_place_back_and_is_audited(account, anna, settings):
    rows.make_payment(account)
    settings.EXPORT_AT_ONCE = 1

    # given one that is being sent, and another that has to wait
    first = export(anna)
    assert export(anna).status_code == 409
    # when its taker goes away before a byte
    first.close()
    # then the place is free
    assert len(lines(export(anna))) == 1
    outcomes = list(AuditEntry.objects.filter(action="export").order_by("id").values_list("outcome", "message"))
    assert outcomes == [("asked", ""), ("ko", "Broken off."), ("asked", ""), ("ok", "Sent.")]


def test_who_exported_what_is_in_the_audit_trail(account, anna):
    rows.make_payment(account)

    lines(export(anna, "mode=test", columns=["id"]))

    begun, done = AuditEntry.objects.filter(action="export").order_by("id")
    assert begun.actor == done.actor == "anna"
    wanted = {"list": "payments", "filter": "mode=test", "columns": ["id"], "format": "csv"}
    assert begun.before == wanted | {"rowsWanted": 1}
    assert done.after == {"rows": 1}
    assert done.asked == begun


def test_a_large_one_is_made_by_a_worker_and_taken_by_who_asked(account, anna, settings, place_for_files):
    payments = [rows.make_payment(account) for _ in range(3)]
    job = order_job(anna, settings, format="jsonl", columns=["id"])
    page = reverse("admin:backoffice_exportjob_change", args=[job.pk])
    assert "0 of 3 rows" in client_of(anna).get(page).content.decode()

    make_export(job.pk)

    job.refresh_from_db()
    assert (job.state, job.rows_written, job.share) == (ExportState.READY, 3, 100)
    part = client_of(anna).get(page, headers={"HX-Request": "true"}).content.decode()
    assert "Download" in part
    assert "<html" not in part
    taken = client_of(anna).get(reverse("admin:backoffice_exportjob_download", args=[job.pk]))
    found = {json.loads(line)["id"] for line in b"".join(taken).decode().splitlines()}
    taken.close()
    assert found == {payment.public_id for payment in payments}
    assert AuditEntry.objects.filter(action="download_export", actor="anna").count() == 1


def test_another_persons_export_is_not_there(account, anna, settings):
    rows.make_payment(account)
    job = order_job(anna, settings)
    make_export(job.pk)
    root = User.objects.create_superuser("root")

    for name in ("change", "download"):
        assert client_of(root).get(reverse(f"admin:backoffice_exportjob_{name}", args=[job.pk])).status_code == 404
    assert client_of(root).post(reverse("admin:backoffice_exportjob_cancel", args=[job.pk])).status_code == 404


def test_who_sees_fewer_projects_by_now_cannot_take_the_file(account, anna, settings):
    rows.make_payment(account)
    job = order_job(anna, settings)
    make_export(job.pk)
    there = reverse("admin:backoffice_exportjob_download", args=[job.pk])
    assert len(lines(client_of(anna).get(there))) == 1

    anna.staff_profile.all_projects = False
    anna.staff_profile.save()
    assert client_of(anna).get(there).status_code == 403

    anna.staff_profile.all_projects = True
    anna.staff_profile.save()
    anna.user_permissions.remove(Permission.objects.get(codename="view_payment"))
    assert client_of(anna).get(there).status_code == 403


def test_who_sees_no_project_gets_a_file_without_rows(account):
    rows.make_payment(account)
    nobody = make_staff("nobody", *MAY, projects=())

    for name in sorted(LISTS):
        assert lines(export(nobody, name=name)) == [], name


def test_who_lost_all_projects_before_the_worker_came_gets_no_rows(account, settings):
    rows.make_payment(account)
    bea = make_staff("bea", *MAY, projects=(account.project,))
    job = order_job(bea, settings)
    bea.staff_profile.projects.clear()

    make_export(job.pk)

    job.refresh_from_db()
    assert (job.state, job.rows_written, job.projects) == (ExportState.READY, 0, [])


@pytest.mark.parametrize("query", ["nonsense=1", "amount_from=many", "state=%00", "provider=%00"])
def test_a_filter_of_subscriptions_that_cannot_be_read_is_no_empty_file(account, anna, query):
    response = export(anna, query, name="subscriptions")

    assert (response.status_code, AuditEntry.objects.filter(action="export").count()) == (400, 0)


def test_a_list_that_the_database_did_not_answer_in_time_is_no_empty_file(account, anna, monkeypatch):
    @contextlib.contextmanager
    def too_slow(milliseconds: int) -> Iterator[None]:
        raise TooSlow
        yield

    monkeypatch.setattr("backoffice.lists.changelist.bounded", too_slow)
    response = export(anna, name="subscriptions")

    assert (response.status_code, AuditEntry.objects.filter(action="export").count()) == (400, 0)


class Killed(BaseException):
    """What a worker's end looks like to nobody: nothing is caught, nothing is written."""


@pytest.mark.parametrize("where", ["while rows are read", "while the file is stored"])
def test_a_killed_worker_leaves_no_half_file_and_the_next_one_begins_again(
    where, account, anna, settings, monkeypatch, place_for_files
):
    # given a worker that dies in the middle
    for _ in range(3):
        rows.make_payment(account)
    job = order_job(anna, settings)

    def die(*_: Any, **__: Any) -> Any:
        (place_for_files / job.pk.hex).mkdir()
        (place_for_files / job.pk.hex / "1").write_bytes(b"id,half a li")
        raise Killed

    target, name = (service, "write") if where == "while rows are read" else (type(files()), "save")
    with monkeypatch.context() as patch:
        patch.setattr(target, name, die)
        with pytest.raises(Killed):
            make_export(job.pk)
    # then nothing can be taken, and while its lease lasts nobody else begins
    there = reverse("admin:backoffice_exportjob_download", args=[job.pk])
    assert client_of(anna).get(there).status_code == 404
    make_export(job.pk)
    job.refresh_from_db()
    assert (job.state, job.tries) == (ExportState.RUNNING, 1)
    # when the lease is over, and the sweep finds it
    sent = []
    monkeypatch.setattr("backoffice.tasks.exports.nudge", lambda task, key: sent.append(key))
    with clock.advanced(settings.EXPORT_LEASE + 1):
        sweep_exports()
        assert sent == [str(job.pk)]
        make_export(job.pk)
        # then the whole file is there
        job.refresh_from_db()
        assert (job.state, job.tries, job.rows_written) == (ExportState.READY, 2, 3)
        assert len(lines(client_of(anna).get(there))) == 3


def test_a_worker_that_was_overtaken_writes_nothing(account, anna, settings, monkeypatch, place_for_files):
    rows.make_payment(account)
    job = order_job(anna, settings)
    whole = service.write

    def overtaken(*args: Any) -> Any:
        ExportJob.objects.filter(pk=job.pk).update(tries=7)
        return whole(*args)

    monkeypatch.setattr(service, "write", overtaken)

    make_export(job.pk)

    job.refresh_from_db()
    assert (job.state, job.stored_name) == (ExportState.RUNNING, "")
    assert list(place_for_files.rglob("*/*")) == []


def test_a_cancelled_one_stops_and_keeps_nothing(account, anna, settings, monkeypatch, place_for_files):
    rows.make_payment(account)
    job = order_job(anna, settings)
    whole = service.write

    def cancelled(*args: Any) -> Any:
        there = reverse("admin:backoffice_exportjob_cancel", args=[job.pk])
        assert client_of(anna).get(there).status_code == 405
        assert client_of(anna).post(there).status_code == 302
        return whole(*args)

    monkeypatch.setattr(service, "write", cancelled)

    make_export(job.pk)

    job.refresh_from_db()
    assert job.state == ExportState.CANCELLED
    assert list(place_for_files.rglob("*/*")) == []
    assert AuditEntry.objects.get(action="export", outcome="ko").message == "Cancelled."


def test_files_are_deleted_when_their_time_is_over(account, anna, settings, place_for_files):
    rows.make_payment(account)
    job = order_job(anna, settings)
    make_export(job.pk)
    assert len(list(place_for_files.rglob("*/*"))) == 1

    with clock.advanced(settings.EXPORT_KEEP + 1):
        there = client_of(anna).get(reverse("admin:backoffice_exportjob_download", args=[job.pk]))
        assert there.status_code in (302, 404)  # over already, though no sweep has passed; or the session is over too
        sweep_exports()

    job.refresh_from_db()
    assert job.state == ExportState.EXPIRED
    assert list(place_for_files.rglob("*/*")) == []


def test_a_third_one_at_the_same_time_is_refused(account, anna, settings):
    rows.make_payment(account)
    order_job(anna, settings)
    order_job(anna, settings)

    response = export(anna)

    assert response.status_code == 409
    assert "2 exports running already" in response.content.decode()
    assert ExportJob.objects.count() == 2


def test_s76_more_rows_than_one_export_holds_are_refused_with_what_to_do(account, anna, settings):
    settings.EXPORT_MAX_ROWS = 2
    for _ in range(3):
        rows.make_payment(account)

    for response in (client_of(anna).get(address()), export(anna)):
        assert "more than 2 rows" in response.content.decode()
        assert "Narrow the filter" in response.content.decode()
    assert AuditEntry.objects.filter(action="export").count() == 0


def test_a_filter_that_the_list_does_not_know_exports_nothing(account, anna):
    rows.make_payment(account)

    for name, query in (("payments", "mood=good"), ("refunds", "mood=good")):
        response = export(anna, query, name=name)
        assert response.status_code == 400, name
        assert not response.streaming


@pytest.mark.parametrize("missing", ["export_rows", "view_payment"])
def test_both_permissions_are_needed(missing, account):
    user = make_staff("carl", *(name for name in MAY if name != missing))

    assert export(user).status_code == 403
    listed = client_of(user).get(reverse("admin:payments_payment_changelist"))
    assert b"exportjob/new" not in listed.content


def test_the_button_of_a_list_keeps_its_filter(account, anna):
    page = client_of(anna).get(reverse("admin:payments_refund_changelist") + "?state__exact=failed").content.decode()

    assert reverse("admin:backoffice_exportjob_new", args=["refunds"]) + "?state__exact=failed" in page


def test_the_snapshot_may_write_nothing(account):
    with snapshot() as view, view._own.cursor() as cursor, pytest.raises(Exception, match="read-only"):
        cursor.execute("DELETE FROM payments_payment")


def test_the_settings_have_working_defaults():
    assert hub_settings.EXPORT_STREAM_ROWS == 100_000
    assert hub_settings.EXPORT_AT_ONCE == 2
