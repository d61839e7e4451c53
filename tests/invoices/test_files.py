"""Files: made by workers, tried again, told to operators, never at the price of a number."""

import datetime as dt
import hashlib

import pytest

from invoices import storage
from invoices.models import FileState, Invoice
from invoices.pdf.errors import RenderError
from invoices.services import files
from paymenthub.kernel import clock
from payments.models import OperatorItem, Project
from tests.invoices import shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def invoice(project, profile, account, script) -> Invoice:
    shop.paid(project, script)
    (invoice,) = shop.work()
    return invoice


def test_a_real_pdf_is_made_and_kept_under_a_name_nobody_can_guess(invoice):
    shop.make_files()

    invoice.refresh_from_db()
    pdf = storage.read_file(invoice, "pdf")
    assert pdf.startswith(b"%PDF-")
    assert (invoice.file_state, invoice.pdf_size) == (FileState.READY, len(pdf))
    assert invoice.pdf_sha256 == hashlib.sha256(pdf).hexdigest()
    assert len(invoice.file_token) >= 43
    assert invoice.file_token in storage.stored_name(invoice, "pdf")
    assert files.due_files() == []


def test_the_xml_is_kept_beside_it(invoice, monkeypatch):
    monkeypatch.setattr(files, "render", shop.quick_render)
    shop.make_files()
    invoice.refresh_from_db()
    assert (storage.read_file(invoice, "xml"), invoice.xml_size) == (b"<xml/>", 6)


def test_s45_a_failed_render_keeps_number_and_data_is_tried_again_and_shows_up(invoice, monkeypatch, settings):
    settings.INVOICE_RENDER_TRIES = 3

    def broken(document, *, template=None):
        raise RenderError("no such template")

    monkeypatch.setattr(files, "render", broken)
    before = Invoice.objects.values("number", "document", "gross", "sequence").get()
    told, moment = [], invoice.file_due_at
    for tries, pause in ((1, 10), (2, 20), (3, 40)):
        with clock.frozen(moment):
            shop.make_files()
        invoice.refresh_from_db()
        assert (invoice.file_tries, invoice.file_due_at) == (tries, moment + dt.timedelta(seconds=pause))
        moment = invoice.file_due_at
        with clock.frozen(moment - dt.timedelta(seconds=1)):
            assert files.due_files() == []
        told.append(OperatorItem.objects.filter(kind="invoice_file_failed", resolved_at=None).count())
    assert told == [0, 0, 1]
    invoice.refresh_from_db()
    assert (invoice.file_state, invoice.file_error) == (FileState.FAILED, "RenderError")
    assert Invoice.objects.values("number", "document", "gross", "sequence").get() == before

    monkeypatch.setattr(files, "render", shop.quick_render)
    with clock.frozen(invoice.file_due_at):
        shop.make_files()
    invoice.refresh_from_db()
    assert invoice.is_ready
    assert OperatorItem.objects.get(kind="invoice_file_failed").resolved_by == "invoices"


def test_a_storage_that_fails_is_a_try_that_failed(invoice, monkeypatch):
    monkeypatch.setattr(files, "render", shop.quick_render)

    def full(*args):
        raise OSError("disk full")

    monkeypatch.setattr(storage, "keep", full)
    shop.make_files()
    invoice.refresh_from_db()
    assert (invoice.file_state, invoice.file_error) == (FileState.FAILED, "OSError")


def test_two_workers_make_one_file(invoice, monkeypatch):
    made = []

    def render(document, *, template=None):
        made.append(document.number)
        assert files.make_file(invoice.id) is False  # a second message, while the first is at work
        return shop.quick_render(document)

    monkeypatch.setattr(files, "render", render)
    assert files.make_file(invoice.id) is True
    assert files.make_file(invoice.id) is False
    assert made == [invoice.number]


def test_a_worker_that_dies_leaves_the_file_to_another(invoice, monkeypatch):
    class Killed(BaseException):
        pass

    def die(document, *, template=None):
        raise Killed

    monkeypatch.setattr(files, "render", die)
    with pytest.raises(Killed):
        files.make_file(invoice.id)
    assert files.due_files() == []
    with clock.advanced(200):
        assert files.due_files() == [invoice.id]


def test_a_file_that_was_lost_is_made_again_under_its_name(invoice, monkeypatch):
    monkeypatch.setattr(files, "render", shop.quick_render)
    shop.make_files()
    storage.files().delete(storage.stored_name(invoice, "pdf"))
    files.make_again(invoice)
    shop.make_files()
    assert storage.read_file(invoice, "pdf").startswith(b"%PDF")


@pytest.mark.parametrize(("name", "template"), [("my-shop_1", "my-shop_1"), ("Ada's shop", None), ("../etc", None)])
def test_the_templates_of_a_project_have_its_name_where_that_can_be_a_folder(invoice, monkeypatch, name, template):
    used = []

    def render(document, *, template=None):
        used.append(template)
        return shop.quick_render(document)

    monkeypatch.setattr(files, "render", render)
    Project.objects.update(name=name)

    assert files.make_file(invoice.id)
    assert used == [template]
