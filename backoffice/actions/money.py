"""Refund and capture."""

from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from backoffice.four_eyes import LimitedClaim, OverRefundLimit, limited, refunded_lately, why_not_alone
from backoffice.models import ApprovalState, RefundApproval
from backoffice.services.ask_approval import Wanted, ask_approval
from payments.models import AuditAction
from payments.selectors.explain import amount
from payments.services.audit import FormClaim
from payments.services.capture import CaptureCommand, capture
from payments.services.operate import by_operator
from payments.services.refund import RefundCommand, refund

from .base import Action, real_money
from .forms import CaptureForm, RefundForm
from .subject import Subject


class RefundAction(Action):
    """Give money back."""

    name, verb, icon = AuditAction.REFUND, "Refund", "undo"
    permission = "payments.refund_payment"
    form, two_steps, dangerous = RefundForm, True, True
    cannot = "Nothing is left that may be refunded."

    def permissions(self, subject: Subject) -> list[str]:
        """Ask for one more after a chargeback."""
        over = ["payments.refund_charged_back_payment"] if subject.possible.refund_over_chargeback else []
        return [self.permission, *over]

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether anything is left."""
        return max(subject.possible.refund, subject.possible.refund_over_chargeback) > 0

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what goes back and what is left."""
        payment, most = subject.paid, subject.possible.refund or subject.possible.refund_over_chargeback
        words = [*_waiting(subject), real_money(subject)]
        if payment.charged_back > 0:
            back = subject.money(payment.charged_back)
            words.append(f"The customer's bank has taken {back} back already: the customer may get it twice.")
        if data is None:
            return [f"Up to {subject.money(most)} of {subject.money(payment.captured)} can go back.", *words]
        given = data["amount"].amount
        over = _over(subject, given)
        if over:
            words.insert(0, _("%(why)s It is asked of a second person first: nothing is sent now.") % {"why": over})
        return [
            f"{subject.money(given)} of {subject.money(payment.captured)} goes back to the customer, by {subject.provider}.",
            f"After this {subject.money(most - given)} can still be refunded.",
            "A refund cannot be taken back.",
            *words,
        ]

    def button(self, subject: Subject, data: dict[str, Any] | None) -> str:
        """Name the amount."""
        if not data:
            return self.verb
        money = subject.money(data["amount"].amount)
        if _over(subject, data["amount"].amount):
            return _("Ask for a refund of %(money)s") % {"money": money}
        return f"Refund {money}"

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Refund, if what may be refunded is still what was seen; over the person's limit a second one is asked."""
        by = who(subject)
        try:
            self.give_back(subject, data, LimitedClaim(claim, by.pk), seen)
        except OverRefundLimit as over:
            wanted = Wanted(
                payment=subject.paid,
                money=data["amount"],
                reason=data["reason"],
                note=data["note"],
                seen=seen,
                over_chargeback=bool(data.get("over_chargeback")),
                capture=subject.attempt,
                why=over.message,
            )
            ask_approval(wanted, by=by, claim=claim)

    def give_back(self, subject: Subject, data: dict[str, Any], claim: LimitedClaim, seen: int | None) -> None:
        """Refund within the limit of the person of the claim. Raises OverRefundLimit with nothing written down."""
        command = RefundCommand(
            subject.paid,
            data["amount"],
            reason=data["reason"],
            note=data["note"],
            expected_refundable=seen,
            over_chargeback=bool(data.get("over_chargeback")),
            capture=subject.attempt,
        )
        refund(command, limited(claim))


class CaptureAction(Action):
    """Take held money."""

    name, verb, icon = AuditAction.CAPTURE, "Capture", "download"
    permission = "payments.capture_payment"
    form, two_steps, dangerous = CaptureForm, True, True
    cannot = "Nothing is held that may be captured, or another operation is not decided yet."

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether anything is held and nothing else runs."""
        return subject.possible.capture > 0

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what is taken and what becomes of the rest."""
        held = subject.possible.capture
        if data is None:
            return [f"Up to {subject.money(held)} is held and can be taken.", real_money(subject)]
        taken = data["amount"].amount
        words = [f"{subject.money(taken)} of the held {subject.money(held)} is taken from the customer."]
        if held > taken:
            rest = subject.money(held - taken)
            words.append(
                f"The rest, {rest}, is released and cannot be captured any more."
                if _final(data)
                else f"The rest, {rest}, stays held."
            )
        return [*words, "What is taken can only go back by a refund.", real_money(subject)]

    def button(self, subject: Subject, data: dict[str, Any] | None) -> str:
        """Name the amount."""
        return f"Capture {subject.money(data['amount'].amount)}" if data else self.verb

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Capture."""
        money = data["amount"]
        capture(CaptureCommand(subject.paid, money.amount, money.currency, _final(data)), by_operator(claim))


def _final(data: dict[str, Any]) -> bool:
    return bool(data.get("final", "yes") == "yes")


def who(subject: Subject) -> User:
    """Return the person who acts."""
    assert subject.who is not None, "somebody acts"  # noqa: S101 - by construction
    return subject.who


def _over(subject: Subject, given: int) -> str:
    """Say why a second person is needed; judged again under the payment's lock when it is done."""
    if subject.who is None:
        return ""
    payment = subject.paid
    total = given + refunded_lately(subject.who.get_username(), payment.pk)
    return why_not_alone(subject.who, payment.project_id, payment.currency, total)


def _waiting(subject: Subject) -> list[str]:
    """Name the refund of the same payment that waits for a second person."""
    rows = RefundApproval.objects.filter(payment=subject.paid, state=ApprovalState.WAITING)
    return [
        _("A refund of %(money)s, asked for by %(who)s, waits for a second person.")
        % {"money": amount(row.amount, row.currency), "who": row.asked_by.get_username()}
        for row in rows.select_related("asked_by")
        if row.is_waiting
    ]
