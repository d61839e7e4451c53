"""Refunds of a payment that wait for a second person, as sentences."""

from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from payments.models import Payment
from payments.selectors.explain import amount

from .models import ApprovalState, RefundApproval


class WaitingRefund(NamedTuple):
    """What is said about it, and where it is decided."""

    text: str
    url: str


def waiting_refunds(payment: Payment) -> list[WaitingRefund]:
    """Name the refunds of a payment that wait for a second person."""
    rows = RefundApproval.objects.filter(payment=payment, state=ApprovalState.WAITING).select_related("asked_by")
    return [
        WaitingRefund(
            _("A refund of %(money)s, asked for by %(who)s, waits for a second person.")
            % {"money": amount(row.amount, row.currency), "who": row.asked_by.get_username()},
            reverse("admin:backoffice_refundapproval_change", args=[row.pk]),
        )
        for row in rows
        if row.is_waiting
    ]
