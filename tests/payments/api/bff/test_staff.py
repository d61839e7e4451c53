"""What only a backoffice's server may ask: mails, invoices, expiry; and that no web page may."""

import io
import zipfile

import pytest

from invoices.models import FileState, Invoice
from payments.models import Mail, MailState, Payment
from payments.services.merchants import create_api_key
from tests.api_product.world import make_invoice
from tests.invoices import shop as invoicing
from tests.payments.api import payments
from tests.payments.api.conftest import OrderSystem, error_of

pytestmark = pytest.mark.django_db
STAFF = [
    ("POST", "/pgm-bff/refund"),
    ("POST", "/pgm-bff/refund/bulk"),
    ("POST", "/pgm-bff/invoice-download/bulk"),
    ("GET", "/pgm-bff/invoice-download"),
    ("GET", "/pgm-bff/payment/pay_1/invoice"),
    ("GET", "/pgm-bff/send-email"),
    ("DELETE", "/pgm-bff/expire"),
]


@pytest.fixture
def paid(shop, script) -> Payment:
    return payments.pay(shop, script, buyer={"name": "Ada", "email": "ada@shop.example"})


@pytest.fixture
def files(settings, tmp_path) -> None:
    settings.STORAGES = invoicing.storages_in(settings.STORAGES, tmp_path)


@pytest.fixture
def mails(settings) -> None:
    settings.EMAIL_HOST, settings.EMAIL_FROM = "mail.test", "Shop <shop@shop.example>"


def call(system: OrderSystem, method: str, path: str, **headers: str):
    return system.client.generic(method, path, b"[]", "application/json", headers=system._headers(headers))


@pytest.mark.parametrize(("method", "path"), STAFF)
def test_no_web_page_may_call_it(backoffice, method, path):
    refused = call(backoffice, method, path, Origin="https://shop.example")

    assert error_of(refused)[:2] == (403, "forbidden")
    assert "Access-Control-Allow-Origin" not in refused


@pytest.mark.parametrize(("method", "path"), STAFF)
@pytest.mark.parametrize("scope", ["payments", "checkout", "read"])
def test_no_other_scope_opens_it(project, account, method, path, scope):
    system = OrderSystem(create_api_key(project=project, mode="test", scopes=[scope]).secret)
    assert error_of(call(system, method, path))[:2] == (403, "forbidden")


@pytest.mark.parametrize(("method", "path"), STAFF)
def test_nobody_comes_in_without_a_key(method, path):
    assert error_of(call(OrderSystem(None), method, path))[:2] == (401, "unauthenticated")


def test_the_header_secret_opens_it_as_in_the_published_gateway(project, account, paid):
    secret = create_api_key(project=project, mode="test", scopes=["backoffice"]).secret
    response = OrderSystem(None).get("/pgm-bff/invoice-download", {"sagaId": paid.public_id}, secret=secret)
    assert error_of(response) == (404, "not_found", "sagaId")  # this payment has no invoice


# ---- send-email


def send_email(system, payment):
    return system.get("/pgm-bff/send-email", {"sagaId": payment.public_id})


def test_a_customer_who_was_sent_nothing_yet_is_told_how_the_payment_stands(backoffice, mails, paid):
    answer = send_email(backoffice, paid).json()

    assert (answer["event"], answer["state"], Mail.objects.get().event) == ("payment_paid", "due", "payment_paid")
    assert "ada@shop.example" not in answer["to"]


def test_a_mail_that_was_sent_goes_out_again_once_a_minute(backoffice, mails, paid):
    send_email(backoffice, paid)
    Mail.objects.update(state=MailState.SENT)

    answers = [send_email(backoffice, paid).json() for _ in range(2)]
    Mail.objects.update(state=MailState.SENT)
    answers.append(send_email(backoffice, paid).json())

    assert [answer["state"] for answer in answers] == ["due", "due", "sent"]
    assert Mail.objects.count() == 2


def test_a_project_that_sends_no_mails_says_so(backoffice, settings, paid):
    settings.EMAIL_HOST = ""
    assert error_of(send_email(backoffice, paid))[:2] == (501, "unsupported_operation")


def test_a_payment_that_is_not_decided_has_nothing_to_tell(backoffice, mails, shop, script):
    waiting = payments.wait(shop, script)
    assert error_of(send_email(backoffice, waiting))[:2] == (409, "wrong_state")


def test_a_buyer_without_address_cannot_be_told(backoffice, mails, shop, script):
    paid = payments.pay(shop, script)
    assert error_of(send_email(backoffice, paid))[:2] == (409, "wrong_state")


# ---- invoices


def test_the_invoice_comes_by_both_paths(backoffice, files, paid):
    make_invoice(paid)

    by_query = backoffice.get("/pgm-bff/invoice-download", {"sagaId": paid.public_id})
    by_path = backoffice.get(f"/pgm-bff/payment/{paid.public_id}/invoice")

    assert by_query.content == by_path.content
    assert by_query.content.startswith(b"%PDF-1.7")
    assert by_query["Content-Disposition"].startswith("attachment;")


def test_a_file_that_is_still_being_made_is_told_so(backoffice, files, paid):
    make_invoice(paid)
    Invoice.objects.update(file_state=FileState.DUE)
    response = backoffice.get("/pgm-bff/invoice-download", {"sagaId": paid.public_id})
    assert error_of(response)[:2] == (409, "file_not_ready")


def test_the_selected_rows_come_as_one_zip(backoffice, files, paid, shop, script):
    make_invoice(paid)
    without = payments.pay(shop, script, shopTransactionId="order-without-invoice")
    number = Invoice.objects.get(payment=paid).number

    rows = [{"sagaId": paid.public_id, "amount": 12.99}, {"sagaId": without.public_id}, {"sagaId": "pay_nobody"}]
    response = backoffice.post("/pgm-bff/invoice-download/bulk", rows)

    names = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))).namelist()
    assert names == [f"{number}.pdf", "index.csv"]


def test_another_projects_invoices_are_not_in_it(stranger, backoffice, files, paid):
    make_invoice(paid)

    response = stranger.post("/pgm-bff/invoice-download/bulk", [{"sagaId": paid.public_id}])

    assert zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))).namelist() == ["index.csv"]
    one = stranger.get("/pgm-bff/invoice-download", {"sagaId": paid.public_id})
    assert error_of(one) == (404, "not_found", "sagaId")


@pytest.mark.parametrize("query", [{}, {"sagaId": ""}, {"sagaId": ["a", "b"]}, {"sagaId": "a" * 256}])
def test_a_saga_must_be_named_once(backoffice, query):
    assert error_of(backoffice.get("/pgm-bff/invoice-download", query)) == (400, "invalid_field", "sagaId")


# ---- expire


def expire(system, saga_id: str):
    return call(system, "DELETE", f"/pgm-bff/expire?sagaId={saga_id}")


def test_a_payment_that_waits_for_its_customer_is_ended(backoffice, shop, script):
    waiting = payments.wait(shop, script)

    response = expire(backoffice, waiting.public_id)

    assert (response.status_code, response.json()["result"]) == (200, "OK")
    waiting.refresh_from_db()
    assert waiting.claimed_shop_transaction_id is None


def test_what_is_paid_is_not_ended(backoffice, paid):
    assert error_of(expire(backoffice, paid.public_id))[:2] == (409, "wrong_state")


def test_another_projects_payment_is_not_ended(stranger, shop, script):
    waiting = payments.wait(shop, script)
    assert error_of(expire(stranger, waiting.public_id)) == (404, "not_found", "sagaId")
