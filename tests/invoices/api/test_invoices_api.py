"""Invoices through the API, as an order system meets them."""

import csv
import datetime as dt
import io
import json
import zipfile

import pytest
from django.test import Client

from invoices import links, storage
from invoices.api import print_pdf as print_pdf_view
from invoices.models import Invoice, PrintJob
from invoices.services import files, print_pdf
from paymenthub.kernel import clock
from payments.models import Movement
from payments.services.merchants import create_api_key
from tests import factories
from tests.invoices import shop

pytestmark = pytest.mark.django_db(transaction=True)


class Caller:
    """An order system with a key."""

    def __init__(self, project, *, mode="test", scope="payments") -> None:
        self._key = create_api_key(project=project, mode=mode, scopes=[scope]).secret
        self._client = Client(headers={"Authorization": f"Bearer {self._key}"})

    def get(self, path, **more):
        return self._client.get(path, **more)

    def post(self, path, body, **headers):
        return self._client.post(path, json.dumps(body), "application/json", headers=headers)


@pytest.fixture
def api(project) -> Caller:
    return Caller(project)


@pytest.fixture
def quick(monkeypatch) -> None:
    monkeypatch.setattr(files, "render", shop.quick_render)


@pytest.fixture
def refunded(project, profile, account, script, quick):
    """A payment with its invoice and two credit notes, files and all."""
    payment = shop.paid(project, script)
    shop.give_back(payment, script, 500)
    shop.give_back(payment, script, 333)
    shop.work()
    shop.make_files()
    return payment


def test_s44_a_payment_and_two_partial_refunds_are_downloaded_and_their_sums_are_those_of_the_movements(
    project, profile, account, script, api
):
    payment = shop.paid(project, script)
    for amount in (500, 333):
        script.refund = [shop.yes]
        given = api.post(f"/v1/payments/{payment.public_id}/refunds", {"amount": amount})
        assert given.json()["result"] == "OK"
    shop.work()
    shop.make_files()

    told = api.get(f"/v1/payments/{payment.public_id}/invoice").json()

    documents = [told["invoice"], *told["following"]]
    assert [(each["kind"], each["gross"]) for each in documents] == [
        ("invoice", 1299),
        ("credit_note", 500),
        ("credit_note", 333),
    ]
    for each in documents:
        pdf = api.get(f"/v1/invoices/{each['id']}/pdf")
        assert (pdf.status_code, pdf["Content-Type"], pdf.content[:5]) == (200, "application/pdf", b"%PDF-")
        assert pdf["Content-Disposition"] == f'attachment; filename="{each["number"]}.pdf"'
        assert sum(group["gross"] for group in each["vatGroups"]) == each["gross"]
    moved = dict.fromkeys(("captured", "refunded"), 0)
    for kind, amount in Movement.objects.filter(payment=payment, kind__in=moved).values_list("kind", "amount"):
        moved[kind] += amount
    signed = sum(each["gross"] * (1 if each["kind"] == "invoice" else -1) for each in documents)
    assert moved == {"captured": 1299, "refunded": -833}
    assert signed == sum(moved.values()) == 466


def test_a_list_is_filtered_and_walked(project, refunded, api):
    pages, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/v1/invoices?limit=2{cursor and '&cursor=' + cursor}").json()
        pages.append([row["kind"] for row in page["data"]])
        cursor = page["nextCursor"]
    assert pages == [["credit_note", "credit_note"], ["invoice"]]
    number = Invoice.objects.get(movement=None).number
    assert [row["number"] for row in api.get(f"/v1/invoices?number={number}").json()["data"]] == [number]
    assert len(api.get("/v1/invoices?kind=credit_note").json()["data"]) == 2
    assert len(api.get(f"/v1/invoices?paymentId={refunded.public_id}").json()["data"]) == 3
    assert api.get("/v1/invoices?issuedTo=2020-01-01T00:00:00Z").json()["data"] == []
    refused = api.get("/v1/invoices?kind=bill")
    assert (refused.status_code, refused.json()["param"]) == (400, "kind")


def test_a_list_costs_the_same_however_many_documents(project, refunded, api, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        assert len(api.get("/v1/invoices").json()["data"]) == 3


def test_an_invoice_is_issued_on_request_once(project, account, script, api, quick):
    shop.make_profile(project, when="on_request")
    payment = shop.paid(project, script)
    path = f"/v1/payments/{payment.public_id}/invoice"
    assert api.get(path).status_code == 404

    first, again = api.post(path, {}), api.post(path, {})

    assert first.status_code == again.status_code == 200
    assert first.json()["invoice"]["number"] == again.json()["invoice"]["number"]
    assert first.json()["invoice"]["file"]["state"] == "due"
    assert Invoice.objects.count() == 1
    waiting = api.get(f"/v1/invoices/{first.json()['invoice']['id']}/pdf")
    assert (waiting.status_code, waiting.json()["code"], waiting.json()["retryable"]) == (409, "file_not_ready", True)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"items": [{"description": "Mug", "amount": 1, "vatRate": 22}]}, 422, "not_invoiceable"),
        ({"items": [{"description": "Mug", "amount": -1}]}, 400, "invalid_field"),
        ({"items": "mugs"}, 400, "invalid_field"),
        ({"items": []}, 400, "invalid_field"),
        ({"buyer": {"country": "Italy"}}, 400, "invalid_field"),
        ({"surprise": 1}, 400, "invalid_field"),
        ({"items": [{"description": "4111 1111 1111 1111", "amount": 1299, "vatRate": 22}]}, 422, "unprocessable"),
    ],
)
def test_a_request_that_makes_no_right_invoice_is_refused_and_uses_no_number(
    project, profile, account, script, api, body, status, code
):
    payment = shop.paid(project, script)
    refused = api.post(f"/v1/payments/{payment.public_id}/invoice", body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert Invoice.objects.count() == 0


def test_a_request_mends_what_is_held(project, profile, account, script, api, quick):
    payment = shop.paid(project, script, additional_data={})
    shop.work()
    assert shop.waiting(payment) == [("held", "rate_missing")]
    issued = api.post(f"/v1/payments/{payment.public_id}/invoice", {"items": shop.ITEMS})
    assert issued.json()["invoice"]["gross"] == 1299
    assert shop.waiting(payment) == []


def test_a_link_opens_the_file_without_a_key_until_it_expires(refunded, api):
    told = api.get(f"/v1/payments/{refunded.public_id}/invoice").json()["invoice"]
    path = told["file"]["location"].removeprefix("http://testserver")
    stranger = Client()
    assert stranger.get(path).content.startswith(b"%PDF")
    assert stranger.get(path)["Cache-Control"] == "private, no-store"
    assert stranger.get(told["file"]["xmlLocation"].removeprefix("http://testserver")).content == b"<xml/>"
    assert stranger.get(path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 404
    assert stranger.post(path).status_code == 405
    with clock.advanced(3601):
        over = stranger.get(path)
    assert (over.status_code, over.json()["code"]) == (403, "link_expired")


def test_a_zip_holds_every_file_and_an_index(project, refunded, api):
    row = Invoice.objects.get(movement=None)
    storage.files().delete(storage.stored_name(row, "pdf"))

    answer = api.get("/v1/invoices/zip")

    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    index = list(csv.DictReader(io.StringIO(archive.read("index.csv").decode())))
    assert answer["Content-Type"] == "application/zip"
    assert archive.testzip() is None
    assert [(each["kind"], each["gross"], each["file"] != "not there yet") for each in index] == [
        ("invoice", "1299", False),
        ("credit_note", "500", True),
        ("credit_note", "333", True),
    ]
    assert sorted(archive.namelist()) == sorted([*(each["file"] for each in index[1:]), "index.csv"])


def test_a_zip_of_too_many_is_refused(refunded, api, settings):
    settings.INVOICE_ZIP_MOST = 2
    refused = api.get("/v1/invoices/zip")
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many_invoices")


def test_a_file_that_was_lost_is_made_again(refunded, api):
    row = Invoice.objects.get(movement=None)
    storage.files().delete(storage.stored_name(row, "pdf"))
    assert api.get(f"/v1/invoices/{row.public_id}/pdf").json()["code"] == "file_not_ready"
    shop.make_files()
    assert api.get(f"/v1/invoices/{row.public_id}/pdf").content.startswith(b"%PDF")


def test_the_collection_keeps_the_crud_conventions(refunded, api):
    rows = api.get("/invoices").json()
    first = rows[0]
    assert set(first) >= {"_id", "name", "file", "size", "location", "sagaId"}
    assert (first["sagaId"], len(rows)) == (refunded.public_id, 3)
    assert api.get("/invoices/").json()[0]["_id"] == first["_id"]
    assert api.get("/invoices/count").content == b"3"
    assert api.get(f"/invoices?sagaId={refunded.id}").json()[0]["name"] == first["name"]
    assert len(api.get("/invoices?_l=2&_sk=2").json()) == 1
    assert api.get(f"/invoices?name={first['name']}&_p=name,size").json() == [
        {"_id": first["_id"], "name": first["name"], "size": first["size"]}
    ]
    assert [row["_id"] for row in api.get("/invoices?_s=-createdAt").json()][-1] == first["_id"]
    queried = api.get(
        "/invoices", data={"_q": json.dumps({"size": {"$gt": 0}, "sagaId": {"$in": [refunded.public_id]}})}
    )
    assert len(queried.json()) == 3
    assert api.get("/invoices?_st=TRASH").json() == []
    assert api.get(f"/invoices/{first['_id']}").json()["name"] == first["name"]
    lines = b"".join(api.get("/invoices/export").streaming_content).splitlines()
    assert [json.loads(line)["_id"] for line in lines] == [row["_id"] for row in rows]
    assert api.post("/invoices", {}).status_code == 405


@pytest.mark.parametrize(
    "query",
    [
        "_l=0", "_l=201", "_l=x", "_sk=-1", "_s=secret", "_p=document", "_q={", "_q=[]", '_q={"document":1}',
        '_q={"size":{"$where":"1"}}', '_q={"createdAt":5}', "number=1", "_l=1&_l=2", '_q={"_id":{"$in":5}}',
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_is_refused(project, api, query):
    assert api.get(f"/invoices?{query}").status_code == 400


def test_a_foreign_project_and_the_other_mode_see_nothing(refunded, project):
    invoice = Invoice.objects.get(movement=None)
    for other in (Caller(factories.make_project()), Caller(project, mode="live")):
        assert other.get("/v1/invoices").json()["data"] == []
        assert other.get("/invoices/count").content == b"0"
        assert other.get(f"/v1/invoices/{invoice.public_id}/pdf").status_code == 404
        assert zipfile.ZipFile(io.BytesIO(b"".join(other.get("/v1/invoices/zip").streaming_content))).namelist() == [
            "index.csv"
        ]


PAPER = {
    "personName": "Ada Rossi",
    "streetAddress": "Via Roma 1",
    "city": "Milano",
    "state": "MI",
    "dateTime": "2026-03-02T09:14:05.120Z",
    "paymentMethod": "credit-cards",
    "transactionId": "t-1",
    "docNumber": "2026/42",
    "items": [{"itemId": "mug", "description": "Mug", "quantity": 1, "amount": 1299, "iva": 22}],
}


def test_print_pdf_waits_for_a_worker_and_answers_with_the_pdf(project, profile, api, monkeypatch):
    printed = []

    def worker(task, job_id):
        printed.append(PrintJob.objects.get(pk=job_id).document)
        print_pdf.print_job(job_id)

    monkeypatch.setattr(print_pdf_view, "nudge", worker)
    first, again = api.post("/print-pdf", PAPER), api.post("/print-pdf", PAPER)
    assert (first.status_code, first["Content-Type"]) == (200, "application/pdf")
    assert first.content == again.content
    assert first.content.startswith(b"%PDF-")
    assert (len(printed), printed[0]["number"], printed[0]["gross"]) == (1, "2026/42", 1299)


def test_one_idempotency_key_prints_one_document_also_when_it_is_kept_no_more(
    project, profile, api, settings, monkeypatch
):
    monkeypatch.setattr(print_pdf_view, "nudge", lambda task, job_id: print_pdf.print_job(job_id))
    first, again = (api.post("/print-pdf", PAPER, Idempotency_Key="k-1") for _ in range(2))
    assert (first.status_code, again.status_code, again.content == first.content) == (200, 200, True)
    assert (first.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")

    other = api.post("/print-pdf", PAPER | {"docNumber": "2026/43"}, Idempotency_Key="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert PrintJob.objects.count() == 1

    PrintJob.objects.all().delete()
    late = api.post("/print-pdf", PAPER, Idempotency_Key="k-1")
    assert (late.status_code, late["Idempotency-Replayed"], late.content[:5]) == (200, "true", b"%PDF-")


def test_without_a_worker_print_pdf_says_where_it_will_be(project, profile, api, settings, monkeypatch):
    settings.PRINT_PDF_WAIT = 0.2
    monkeypatch.setattr(print_pdf_view, "nudge", lambda task, job_id: None)
    queued = api.post("/print-pdf", PAPER | {"items": PAPER["items"][0]})
    assert queued.status_code == 202
    location = queued.json()["location"]
    assert api.get(location).json()["code"] == "file_not_ready"
    (job,) = print_pdf.due_prints()
    print_pdf.print_job(job)
    assert api.get(location).content.startswith(b"%PDF-")
    assert Caller(factories.make_project()).get(location).status_code == 404
    with clock.advanced(3601):
        print_pdf.forget_old()
    assert api.get(location).status_code == 404


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"items": []}, "items"),
        ({"items": [{"itemId": "m", "description": "x", "quantity": 1}]}, "items[0].amount"),
        ({"items": [{"itemId": "m", "description": "x", "quantity": 0, "amount": 1}]}, "items[0].quantity"),
        ({"dateTime": "yesterday"}, "dateTime"),
        ({"dateTime": "9999-12-31T23:59:59-14:00"}, "dateTime"),
        ({"personName": "x" * 256}, "personName"),
        ({"personName": "a\nb"}, "personName"),
        ({"docNumber": ""}, "docNumber"),
        ({"city": 5}, "city"),
    ],
)
def test_what_cannot_be_printed_is_refused_by_name(project, profile, api, change, param):
    refused = api.post("/print-pdf", PAPER | change)
    assert (refused.status_code, refused.json()["param"]) == (400, param)
    assert PrintJob.objects.count() == 0


def test_the_company_of_the_published_service_prints_for_a_project_without_a_profile(
    project, api, settings, tmp_path, monkeypatch
):
    settings.PRINT_PDF_WAIT = 0.1
    assert api.post("/print-pdf", PAPER).json()["code"] == "not_invoiceable"
    file = tmp_path / "company.json"
    file.write_text(json.dumps({"companyName": "Tazze", "address": "Via Roma 1", "telephoneNumber": "Tel. +39 02 1"}))
    settings.COMPANY_DATA_PATH = str(file)
    monkeypatch.setattr(print_pdf_view, "nudge", lambda task, job_id: print_pdf.print_job(job_id))
    assert api.post("/print-pdf", PAPER).content.startswith(b"%PDF-")


def test_a_link_is_bound_to_its_file_and_its_time(refunded):
    row = Invoice.objects.get(movement=None)
    signed = links.location(row).rpartition("/")[2]
    assert links.opened(signed) == (row.id, "pdf")
    with clock.frozen(clock.now() + dt.timedelta(hours=2)), pytest.raises(links.LinkOver):
        links.opened(signed)
