"""Rows and calls of an invoicing shop, for tests."""

from typing import Any

from invoices.models import Invoice, IssueJob, IssuerProfile
from invoices.pdf.render import Rendered
from invoices.services import files, jobs
from paymenthub.kernel.money import Money
from payments.models import Payment, Project
from payments.outbound.publish import publish_due
from payments.services.capture import CaptureCommand, capture
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.refund import RefundCommand, refund
from providers.types import Outcome
from tests import factories, scripted

ITEMS = [
    {"itemId": "mug", "description": "Mug", "quantity": 2, "amount": 400, "vatRate": 22},
    {"itemId": "book", "description": "Book", "quantity": 1, "amount": 499, "vatRate": 4},
]
"""They come to 1299."""
BUYER = {"name": "Ada Rossi", "email": "ada@example.test"}


def make_profile(project: Project, **over: Any) -> IssuerProfile:
    fields: dict[str, Any] = {
        "company": "Tazze S.r.l.",
        "street": "Via Roma 1",
        "postal_code": "20121",
        "city": "Milano",
        "country": "IT",
        "vat_id": "IT12345670017",
        "iban": "IT60X0542811101000000123456",
    }
    return IssuerProfile.objects.create(project=project, **fields | over)


def paid(project: Project, script: Any, **over: Any) -> Payment:
    """A captured payment of 1299 cents with two items."""
    more: dict[str, Any] = {"buyer": BUYER, "additional_data": {"items": ITEMS}} | over
    money: Money = more.get("money", Money(1299, "EUR"))
    script.pay = [scripted.payment(Outcome.SUCCEEDED, amount=money.amount, currency=money.currency, id="")]
    return pay(factories.pay_command(project, **more)).payment


def held(project: Project, script: Any, **over: Any) -> Payment:
    """An authorised payment of 1299 cents."""
    more: dict[str, Any] = {"buyer": BUYER, "additional_data": {"items": ITEMS}, "capture_mode": "manual"} | over
    script.pay = [scripted.payment(Outcome.AUTHORIZED, id="")]
    return pay(factories.pay_command(project, **more)).payment


def yes(call: Any, request: Any) -> Any:
    """The PSP's answer to a refund."""
    return scripted.refund(Outcome.SUCCEEDED, request.money.amount, id=f"ref-{request.refund_reference}")


def give_back(payment: Payment, script: Any, amount: int, **over: Any) -> None:
    script.refund = [yes]
    payment.refresh_from_db()
    # Each call says by itself which one it is, so that two equal refunds are two.
    money = Money(amount, payment.currency)
    refund(RefundCommand(payment, money, expected_refundable=payment.refundable, **over), By())


def take(payment: Payment, script: Any, amount: int, *, final: bool) -> None:
    script.capture = [
        lambda call, request: scripted.capture(
            Outcome.SUCCEEDED, request.money.amount, id=f"cap-{call.attempt_reference}"
        )
    ]
    capture(CaptureCommand(payment, amount, final=final), By())


def storages_in(storages: Any, folder: Any) -> dict[str, Any]:
    """Django's storages with the invoices' in a folder of the test's own."""
    local = storages["invoices"]
    return storages | {"invoices": local | {"OPTIONS": local["OPTIONS"] | {"location": str(folder / "invoices")}}}


def work() -> list[Invoice]:
    """Publish what happened and do every job that is due, as relay and workers do."""
    while publish_due():
        pass
    return [invoice for job_id in jobs.due_jobs() for invoice in jobs.work_on(job_id)]


def make_files() -> None:
    for invoice_id in files.due_files():
        files.make_file(invoice_id)


def quick_render(document: Any, *, template: str | None = None) -> Rendered:
    return Rendered(pdf=b"%PDF-1.7 " + document.number.encode(), xml=b"<xml/>")


def documents(payment: Payment) -> list[tuple[str, str, int]]:
    rows = Invoice.objects.filter(payment=payment).order_by("created_at", "id")
    return [(row.kind, row.number, row.gross) for row in rows]


def waiting(payment: Payment) -> list[tuple[str, str]]:
    return list(IssueJob.objects.filter(payment=payment).values_list("state", "problem"))
