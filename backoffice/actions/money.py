"""Refund and capture."""

from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.four_eyes import LimitedClaim, OverRefundLimit, limited, refunded_lately, why_not_alone
from backoffice.services.ask_approval import Wanted, ask_approval
from backoffice.waiting_refunds import waiting_refunds
from payments.models import AuditAction
from payments.services.audit import FormClaim
from payments.services.capture import CaptureCommand, capture
from payments.services.operate import by_operator
from payments.services.refund import RefundCommand, refund

from .base import Action, real_money
from .forms import CaptureForm, RefundForm
from .subject import Subject


class RefundAction(Action):
    """Give money back."""

    name, verb, icon = AuditAction.REFUND, gettext_lazy("Refund"), "undo"
    permission = "payments.refund_payment"
    form, two_steps, dangerous = RefundForm, True, True
    cannot = gettext_lazy("Nothing is left that may be refunded.")

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
        words = [*(row.text for row in waiting_refunds(payment)), real_money(subject)]
        if payment.charged_back > 0:
            back = subject.money(payment.charged_back)
            words.append(
                _("The customer's bank has taken %(back)s back already: the customer may get it twice.")
                % {"back": back}
            )
        if data is None:
            alone = _over(subject, most)
            return [
                _("Up to %(most)s of %(captured)s can go back.")
                % {"most": subject.money(most), "captured": subject.money(payment.captured)},
                *([_("%(why)s More is asked of a second person first.") % {"why": alone}] if alone else []),
                *words,
            ]
        given = data["amount"].amount
        over = _over(subject, given)
        if over:
            words.insert(0, _("%(why)s It is asked of a second person first: nothing is sent now.") % {"why": over})
        return [
            _("%(given)s of %(captured)s goes back to the customer, by %(provider)s.")
            % {
                "given": subject.money(given),
                "captured": subject.money(payment.captured),
                "provider": subject.provider,
            },
            _("After this %(money)s can still be refunded.") % {"money": subject.money(most - given)},
            _("A refund cannot be taken back."),
            *words,
        ]

    def button(self, subject: Subject, data: dict[str, Any] | None) -> str:
        """Name the amount."""
        if not data:
            return str(self.verb)
        money = subject.money(data["amount"].amount)
        if _over(subject, data["amount"].amount):
            return _("Ask for a refund of %(money)s") % {"money": money}
        return _("Refund %(money)s") % {"money": money}

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

    name, verb, icon = AuditAction.CAPTURE, gettext_lazy("Capture"), "download"
    permission = "payments.capture_payment"
    form, two_steps, dangerous = CaptureForm, True, True
    cannot = gettext_lazy("Nothing is held that may be captured, or another operation is not decided yet.")

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether anything is held and nothing else runs."""
        return subject.possible.capture > 0

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what is taken and what becomes of the rest."""
        held = subject.possible.capture
        if data is None:
            return [
                _("Up to %(money)s is held and can be taken.") % {"money": subject.money(held)},
                real_money(subject),
            ]
        taken = data["amount"].amount
        words = [
            _("%(taken)s of the held %(held)s is taken from the customer.")
            % {"taken": subject.money(taken), "held": subject.money(held)}
        ]
        if held > taken:
            rest = subject.money(held - taken)
            words.append(
                _("The rest, %(rest)s, is released and cannot be captured any more.") % {"rest": rest}
                if _final(data)
                else _("The rest, %(rest)s, stays held.") % {"rest": rest}
            )
        return [*words, _("What is taken can only go back by a refund."), real_money(subject)]

    def button(self, subject: Subject, data: dict[str, Any] | None) -> str:
        """Name the amount."""
        return _("Capture %(money)s") % {"money": subject.money(data["amount"].amount)} if data else str(self.verb)

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
