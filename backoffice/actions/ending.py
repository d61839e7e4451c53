"""Cancel and expire."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import AuditAction
from payments.services.audit import FormClaim
from payments.services.cancel import cancel, expire
from payments.services.operate import by_operator

from .base import Action, real_money
from .subject import Subject


class CancelAction(Action):
    """Release held money, or close what nobody has paid."""

    name, verb, icon = AuditAction.CANCEL, gettext_lazy("Cancel payment"), "block"
    permission, dangerous = "payments.cancel_payment", True
    cannot = gettext_lazy(
        "Nothing is held and nothing waits for its customer, or another operation is not decided yet."
    )

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether there is anything to release or to close."""
        return subject.possible.cancel > 0

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what is released or closed."""
        payment, money = subject.paid, subject.money(subject.possible.cancel)
        if subject.possible.expire:
            return [
                _("The customer can no longer pay %(money)s: the payment page at %(provider)s is closed.")
                % {"money": money, "provider": subject.provider},
                _("If the customer has paid a moment before, the payment stands and this is refused."),
                real_money(subject),
            ]
        words = [_("The held %(money)s is released and cannot be captured any more.") % {"money": money}]
        if payment.captured:
            words.append(_("What was captured, %(money)s, stays.") % {"money": subject.money(payment.captured)})
        return [*words, real_money(subject)]

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Cancel."""
        cancel(subject.paid, by_operator(claim))


class ExpireAction(Action):
    """Close the session of a payment whose customer has not paid."""

    name, verb, icon = AuditAction.EXPIRE, gettext_lazy("Expire"), "timer_off"
    permission, dangerous = "payments.expire_payment", True
    cannot = gettext_lazy("Nothing waits for its customer.")

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether a customer is waited for."""
        return subject.possible.expire > 0

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what is closed."""
        money = subject.money(subject.possible.expire)
        return [
            _("The payment page at %(provider)s for %(money)s is closed, as if its time were over.")
            % {"provider": subject.provider, "money": money},
            _("The order system is told that the payment expired."),
            _("If the customer has paid a moment before, the payment stands and this is refused."),
            real_money(subject),
        ]

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Expire."""
        expire(subject.paid, by_operator(claim))
