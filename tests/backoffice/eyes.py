"""How the tests of four eyes act: people with limits, refunds over them, and the second person's page."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from backoffice.models import RefundApproval, RefundLimit
from payments.models import Payment
from tests.backoffice import acting
from tests.staff import make_staff

ASKER = ("view_payment", "refund_payment")
APPROVER = ("view_payment", "approve_refund")


def person(name: str, *permissions: str, limit: int | None = None, **more: Any) -> Client:
    """Log a person in who may refund so much EUR (minor units) alone; None: as much as they like."""
    user = make_staff(name, *permissions, **more)
    if limit is not None:
        RefundLimit.objects.create(user=user, currency="EUR", amount=limit)
    return tab(name)


def tab(name: str) -> Client:
    """Another tab of a person."""
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def ask(client: Client, payment: Payment, amount: str = "12.99") -> RefundApproval:
    """Refund over the limit: it becomes an approval."""
    shown = acting.result(client, refund(client, payment, amount))
    assert shown.context["heading"] == "Waits for a second person", shown.context["message"]
    return RefundApproval.objects.order_by("-pk")[0]


def refund(client: Client, payment: Payment, amount: str = "12.99") -> Any:
    """Send the refund form."""
    return acting.send(client, acting.act_url(payment, "refund"), amount=amount, reason="returned", note="RMA 17")


def page_url(approval: RefundApproval) -> str:
    """An approval's page."""
    return reverse("admin:backoffice_refundapproval_change", args=[approval.pk])


def page(client: Client, approval: RefundApproval) -> Any:
    """Open it."""
    answer = client.get(page_url(approval))
    assert answer.status_code == 200, answer
    return answer


def decide(client: Client, approval: RefundApproval, what: str, token: str = "") -> Any:
    """Approve, decline or withdraw; without a token the page is opened first."""
    token = token or page(client, approval).context["token"]
    url = reverse("admin:backoffice_refundapproval_decide", args=[approval.pk, what])
    answer = client.post(url, {"token": token, "note": "I have looked at it"})
    approval.refresh_from_db()
    return answer
