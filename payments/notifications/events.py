"""The mails there are: for whom, with which variables, and what the details table shows."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_noop

from payments.domain.attempt import ItemKind
from payments.models import MailAudience

LANGUAGES: Final = ("en", "it", "de", "fr", "es")

COMMON: Final = {
    "shop_name": gettext_noop("The shop's name."),
    "buyer_name": gettext_noop("The buyer's name; may be empty."),
    "greeting": gettext_noop("«Hello Ada,», or «Hello,» where the name is not known."),
    "details": gettext_noop("The table of details, ready made."),
    "button": gettext_noop("The button, ready made; nothing where the mail has none."),
    "link": gettext_noop("Where the button leads; may be empty."),
}
_PAYMENT = {
    "amount": gettext_noop("The amount, written for the reader."),
    "order": gettext_noop("The shop's own id of what is paid."),
    "description": gettext_noop("What the shop wrote about it; may be empty."),
    "date": gettext_noop("When it happened, in the project's time zone."),
    "method": gettext_noop("How it was paid."),
    "payment_id": gettext_noop("Our id of the payment."),
    "items": gettext_noop("The basket, a list: item.description, item.quantity, item.amount."),
}
_REFUND = {
    "refunded": gettext_noop("What goes back now."),
    "total_refunded": gettext_noop("What went back in all."),
    "remaining": gettext_noop("What stays paid."),
}
_SUBSCRIPTION = {
    "amount": gettext_noop("What each period costs."),
    "subscription": gettext_noop("The subscription's name or id."),
    "interval": gettext_noop("How often it renews, in words."),
    "next_payment": gettext_noop("The day of the next payment; may be empty."),
    "ends": gettext_noop("The day on which it ends; may be empty."),
}
_STAFF = {
    "about": gettext_noop("What it is about."),
    "next_step": gettext_noop("What is to be done."),
    "order": gettext_noop("The shop's own id; may be empty."),
    "amount": gettext_noop("The payment's amount; may be empty."),
    "date": gettext_noop("Since when, in the project's time zone."),
    "mode": gettext_noop("test or live."),
}


@dataclass(frozen=True, slots=True)
class MailEvent:
    """One kind of mail. `details` are the variables that its table shows, in their order."""

    name: str
    audience: MailAudience
    own: dict[str, str]
    details: tuple[str, ...]

    @property
    def variables(self) -> dict[str, str]:
        """The declared variables with what they hold."""
        return COMMON | self.own


def _customer(name: str, own: dict[str, str], *details: str) -> MailEvent:
    return MailEvent(name, MailAudience.CUSTOMER, own, details)


def _staff(name: str) -> MailEvent:
    return MailEvent(name, MailAudience.STAFF, _STAFF, ("about", "order", "amount", "date", "mode", "next_step"))


_ALL = (
    _customer("payment_paid", _PAYMENT, "order", "description", "amount", "method", "date"),
    _customer("payment_failed", _PAYMENT, "order", "description", "amount", "date"),
    _customer("payment_link", _PAYMENT, "order", "description", "amount"),
    _customer("refund_partial", _PAYMENT | _REFUND, "order", "refunded", "total_refunded", "remaining", "date"),
    _customer("refund_total", _PAYMENT | _REFUND, "order", "refunded", "total_refunded", "date"),
    _customer("subscription_started", _SUBSCRIPTION, "subscription", "amount", "interval", "next_payment"),
    _customer("subscription_renewal_upcoming", _SUBSCRIPTION, "subscription", "amount", "next_payment"),
    _customer("subscription_renewal_failed", _SUBSCRIPTION, "subscription", "amount"),
    _customer("subscription_cancelled", _SUBSCRIPTION, "subscription", "ends"),
    _staff("staff_dead_endpoint"),
    _staff("staff_in_doubt"),
    _staff("staff_chargeback"),
    _staff("staff_ledger_imbalance"),
    _staff("staff_invoice_held"),
)
EVENTS: Final[dict[str, MailEvent]] = {event.name: event for event in _ALL}

EVENT_OF_LABEL: Final = {
    "PAY_BY_LINK": "payment_link",
    "PAYMENT_EXECUTED": "payment_paid",
    "PAYMENT_FAILED": "payment_failed",
    "PARTIAL_REFUND_EXECUTED": "refund_partial",
    "TOTAL_REFUND_EXECUTED": "refund_total",
}
"""The published labels of notify commands. Another label is itself the name of a template."""

STAFF_EVENT_OF_KIND: Final = {
    ItemKind.IN_DOUBT.value: "staff_in_doubt",
    ItemKind.CHARGEBACK.value: "staff_chargeback",
    ItemKind.LEDGER_IMBALANCE.value: "staff_ledger_imbalance",
    "invoice_held": "staff_invoice_held",
    "dead_endpoint": "staff_dead_endpoint",
}
"""Which operator items staff are told of by mail; the others wait in the queue."""


def event_of_label(label: str) -> str:
    """Name the mail that a notify command asks for."""
    return EVENT_OF_LABEL.get(label, label)


def custom_event(name: str) -> MailEvent:
    """Describe a mail that only a project's own template knows, named by the label of a notify command."""
    return _customer(name, _PAYMENT | _REFUND, "order", "description", "amount", "date")
