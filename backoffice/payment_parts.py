"""What belongs to a payment beside its money: mails, documents, and the subscription, link or order it came from."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils.translation import gettext as _

from invoices.models import Invoice, IssueJob
from invoices.models.invoice import FileState
from invoices.models.issue_job import JobState
from payments.models import Mail, OrderIntent, Payment, PaymentLink
from payments.notifications.resend import may_resend
from payments.selectors.explain import amount

from .display import label
from .links import page_of
from .mails import reason_words

_MOST = 50
_LOOKS = {"sent": "succeeded", "failed": "declined", "skipped": "unknown", "due": "open"}


def payment_parts(user: User | AnonymousUser, payment: Payment, mails: Iterable[Mail]) -> dict[str, Any]:
    """Read what a person may see of it, each kind by the permission of its own pages."""
    return {
        "mails": _mails(user, mails) if user.has_perm("payments.view_mail") else None,
        "documents": _documents(payment) if user.has_perm("invoices.view_invoice") else None,
        "held": _held(payment) if user.has_perm("invoices.view_issuejob") else None,
        "related": list(_related(user, payment)),
        "may_see_deliveries": user.has_perm("payments.view_delivery"),
        "may_see_items": user.has_perm("payments.view_operatoritem"),
        "may_see_notifications": user.has_perm("payments.view_inboxmessage"),
    }


def _mails(user: User | AnonymousUser, mails: Iterable[Mail]) -> list[dict[str, Any]]:
    may = user.has_perm("payments.resend_mail")
    return [
        {
            "row": mail,
            "what": label(mail.event),
            "look": _LOOKS.get(mail.state, "open"),
            "why": reason_words(mail) if mail.reason else _last_words(mail),
            "url": page_of(mail),
            "resend_url": reverse("admin:payments_mail_resend", args=[mail.pk]) if may and may_resend(mail) else "",
        }
        for mail in mails
    ]


def _last_words(mail: Mail) -> str:
    last = max(mail.attempts.all(), key=lambda one: one.number, default=None)
    return last.error if last is not None and not last.accepted else ""


def _documents(payment: Payment) -> list[dict[str, Any]]:
    rows = Invoice.objects.filter(payment=payment).defer("document").order_by("issued_at", "id")[:_MOST]
    return [
        {
            "row": row,
            "what": label(row.kind),
            "amount": amount(row.gross, row.currency),
            "url": page_of(row),
            "pdf_url": reverse("admin:invoices_invoice_pdf", args=[row.pk])
            if row.file_state == FileState.READY
            else "",
        }
        for row in rows
    ]


def _held(payment: Payment) -> dict[str, str] | None:
    row = IssueJob.objects.filter(payment=payment, state=JobState.HELD).first()
    return {"url": page_of(row), "message": row.message or label(row.problem)} if row is not None else None


def _related(user: User | AnonymousUser, payment: Payment) -> Iterable[dict[str, str]]:
    if payment.subscription is not None and user.has_perm("payments.view_subscription"):
        yield {
            "what": _("Subscription"),
            "name": payment.subscription.shop_subscription_id or payment.subscription.public_id,
            "url": page_of(payment.subscription),
        }
    if payment.link_id is not None and user.has_perm("payments.view_paymentlink"):
        link = PaymentLink.objects.filter(pk=payment.link_id).first()
        if link is not None:
            yield {"what": _("Payment link"), "name": link.shop_transaction_id, "url": page_of(link)}
    if user.has_perm("payments.view_orderintent"):
        intent = OrderIntent.objects.filter(payment=payment).first()
        if intent is not None:
            yield {"what": _("Order"), "name": str(intent.order_id), "url": page_of(intent)}
