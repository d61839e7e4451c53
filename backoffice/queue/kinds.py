"""How urgent each kind of operator item is, and what a person does about it: one row a kind, and no kind without."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from django.db.models import Case, IntegerField, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.domain.attempt import ItemKind


class Priority(IntEnum):
    """What comes first. Money at risk before work that stands still before what is good to know."""

    MONEY = 1
    STUCK = 2
    LATER = 3


PRIORITY_WORDS: dict[Priority, str | Promise] = {
    Priority.MONEY: _("Money at risk"),
    Priority.STUCK: _("Something stands still"),
    Priority.LATER: _("To look at"),
}


@dataclass(frozen=True, slots=True)
class Guide:
    """What a kind means in one sentence, and the steps that a person takes, in their order."""

    priority: Priority
    means: str | Promise
    steps: tuple[str | Promise, ...]


GUIDES: dict[ItemKind, Guide] = {
    ItemKind.AMOUNT_MISMATCH: Guide(
        Priority.MONEY,
        _(
            "The provider names another amount or currency than was asked for. The payment is held: neither paid nor failed."
        ),
        (
            _("Look the payment up at the provider: which amount has the customer really paid?"),
            _("Ship nothing until that is clear. Then check the payment here, or decide how it ended."),
        ),
    ),
    ItemKind.SECOND_WINNER: Guide(
        Priority.MONEY,
        _("One order was paid twice."),
        (
            _("Give back what the second payment took: «Refund» below is filled in already."),
            _("When the refund is confirmed, resolve the item."),
        ),
    ),
    ItemKind.LATE_SUCCESS: Guide(
        Priority.MONEY,
        _("The customer paid after the payment had counted as ended."),
        (
            _("Ask the order system whether the order still stands."),
            _("If it does, ship it and resolve the item. If not, give the money back."),
        ),
    ),
    ItemKind.LEDGER_IMBALANCE: Guide(
        Priority.MONEY,
        _("Amounts recorded for this payment do not agree with each other."),
        (
            _("Refund nothing and ship nothing for this payment."),
            _("Compare every amount with the provider, and call a developer: something wrote what it should not have."),
        ),
    ),
    ItemKind.CHARGED_AFTER_CANCEL: Guide(
        Priority.MONEY,
        _("A subscription was charged after it had ended."),
        (
            _("Give the money back («Refund» is filled in), or tell the customer why it is due."),
            _("Resolve the item with what you did."),
        ),
    ),
    ItemKind.CHARGEBACK: Guide(
        Priority.MONEY,
        _("The customer's bank took the money back."),
        (
            _("Answer the dispute at the provider before its time is over, with the proof of delivery."),
            _("Resolve the item with what you sent. If the dispute is won, the hub hears of it by itself."),
        ),
    ),
    ItemKind.UNKNOWN_HERE: Guide(
        Priority.MONEY,
        _("The provider has money that this hub does not know of."),
        (
            _("Look it up at the provider by the ids in the evidence."),
            _(
                "Tell the order system before it orders the same again. Give the money back at the provider, or book it."
            ),
        ),
    ),
    ItemKind.IN_DOUBT: Guide(
        Priority.MONEY,
        _("Something was sent to the provider a week ago, and nobody knows how it ended."),
        (
            _("«Check now» asks the provider once more."),
            _("If it does not answer, look the payment up in the provider's dashboard, then «Decide the outcome»."),
        ),
    ),
    ItemKind.AUTHORIZATION_EXPIRES: Guide(
        Priority.MONEY,
        _("Money that is held for this order is soon let go."),
        (
            _("If the order was delivered, capture it before the hold ends."),
            _("If it never will be, cancel: the customer's money is free again."),
        ),
    ),
    ItemKind.ORDER_NOT_FOLLOWED: Guide(
        Priority.MONEY,
        _("What an order needs (a capture, a release, a refund) was not done."),
        (
            _("The evidence says what the order needs and why it was not done."),
            _("Do it by hand at the payment, or at the provider. Then resolve the item."),
        ),
    ),
    ItemKind.EXTERNAL_REFUND: Guide(
        Priority.LATER,
        _("Money was given back outside this hub. It is recorded."),
        (
            _("Tell the order system if it has to know."),
            _("If the amount is not known, look it up at the provider and book it by hand. Then resolve the item."),
        ),
    ),
    ItemKind.REFUND_REVERSED: Guide(
        Priority.MONEY,
        _("A refund came back: the customer did not get the money."),
        (
            _("Tell the customer, and ask where the money should go."),
            _("Refund again, or pay it back another way. Then resolve the item."),
        ),
    ),
    ItemKind.UNEXPECTED_EVENT: Guide(
        Priority.MONEY,
        _("News about money came that does not fit where the payment stands. The amounts are recorded."),
        (
            _("Compare the amounts of the payment with the provider."),
            _("If they agree, resolve the item. If not, call a developer: the machine lacks a way."),
        ),
    ),
    ItemKind.REFERENCE_CONFLICT: Guide(
        Priority.MONEY,
        _("The provider gave one id to two payments."),
        (
            _("Look the id up at the provider: to which of the two payments does it belong?"),
            _("Resolve the item with what the provider says."),
        ),
    ),
    ItemKind.UNMATCHED: Guide(
        Priority.STUCK,
        _("A notification names a payment that this hub does not know."),
        (
            _("Open the notification: it says what it is about, and which payments may be meant."),
            _("«Look at it again» once the payment is known here. «Not ours» if another system uses the same account."),
        ),
    ),
    ItemKind.CONFLICT: Guide(
        Priority.STUCK,
        _("The provider sent one event twice, with different contents. The first one counts."),
        (
            _("Open both notifications and compare them."),
            _("If the second one is right, correct the payment by «Check now». Then resolve the item."),
        ),
    ),
    ItemKind.ACCOUNT_MISMATCH: Guide(
        Priority.STUCK,
        _("A genuine notification speaks of another account, or of the other mode. It was not applied."),
        (
            _("Compare the provider account's external id and mode with the provider's dashboard."),
            _("Mend the account, then look at the notification again."),
        ),
    ),
    ItemKind.CREDENTIALS: Guide(
        Priority.STUCK,
        _("The provider refuses the account's credentials: nothing can be paid through it. Nothing was taken."),
        (
            _("Correct the credentials of the provider account."),
            _("Try one payment, then resolve the item."),
        ),
    ),
    ItemKind.REJECTED: Guide(
        Priority.STUCK,
        _("The provider refused a request as wrong. Nothing was taken."),
        (
            _("Open the payment: the attempt shows the request and the provider's answer."),
            _("Pass it on to a developer, and resolve the item with what they say."),
        ),
    ),
    ItemKind.MACHINE_MISSING: Guide(
        Priority.STUCK,
        _("News came for a payment whose machine is not installed here. The amounts are recorded."),
        (
            _("Install the machine again, from the backup or the release that had it."),
            _("Then «Check now» at the payment, and resolve the item."),
        ),
    ),
    ItemKind.STEP_FAILED: Guide(
        Priority.STUCK,
        _("A step of the saga was given up. No money was moved by it."),
        (
            _("Open the step: its last tries say what is wrong. Mend that."),
            _("Then «Try the step again», or cancel the payment."),
        ),
    ),
    ItemKind.FLOW_MANAGER: Guide(
        Priority.STUCK,
        _("An outside Flow Manager does not take what it is told, or gave a command that could not be run."),
        (
            _("Check the service, its address and its key. Everything is tried on by itself."),
            _("When it is taken again, resolve the item."),
        ),
    ),
    ItemKind.SUBSCRIPTION_STUCK: Guide(
        Priority.STUCK,
        _("A subscription cannot go on, or cannot be ended at its provider."),
        (
            _(
                "The evidence names the problem: mend the account or the machine, or end it in the provider's dashboard."
            ),
            _("It is tried again every hour. When it went on, resolve the item."),
        ),
    ),
    ItemKind.INVOICE_HELD: Guide(
        Priority.STUCK,
        _("An invoice cannot be issued rightly, so it is held. No number was used."),
        (
            _("The evidence says what is missing: complete the issuer, or ask the order system for the right lines."),
            _("It is issued by itself when nothing is missing any more."),
        ),
    ),
    ItemKind.INVOICE_FILE_FAILED: Guide(
        Priority.STUCK,
        _("An invoice was issued, and its PDF could not be made. The invoice stands."),
        (
            _("Look at the storage and the worker's log; it is tried on by itself."),
            _("When the file is there, the item closes by itself."),
        ),
    ),
    ItemKind.MAIL_FAILED: Guide(
        Priority.STUCK,
        _("A mail could not be delivered."),
        (
            _("Open the mail: its tries say what the server answered. Mend the address or the server."),
            _("Send it again from its page, and resolve the item."),
        ),
    ),
    ItemKind.CARD_TESTING: Guide(
        Priority.STUCK,
        _("Many cards were declined from one place: somebody may be trying stolen cards. New tries are held back."),
        (
            _("Look at the declined payments: are these customers of yours?"),
            _("If they are, release the guard. If not, leave it, and block the address at your firewall."),
        ),
    ),
    ItemKind.METADATA_REFUSED: Guide(
        Priority.LATER,
        _("An event counts, but the data that came along was too much to keep."),
        (
            _("Tell its sender to send less at once."),
            _("Resolve the item."),
        ),
    ),
}


def guide_of(kind: str) -> Guide:
    """Return what is done about a kind."""
    return GUIDES[ItemKind(kind)]


def kinds_of(*priorities: Priority) -> list[str]:
    """List the kinds that are as urgent as that."""
    return [kind.value for kind, guide in GUIDES.items() if guide.priority in priorities]


def by_priority(column: str = "kind") -> Case:
    """Rank rows in the database by how urgent their kind is."""
    return Case(
        *(When(**{f"{column}__in": kinds_of(one)}, then=Value(int(one))) for one in _ranked()),
        default=Value(int(Priority.LATER)),
        output_field=IntegerField(),
    )


def _ranked() -> Iterable[Priority]:
    return (Priority.MONEY, Priority.STUCK)
