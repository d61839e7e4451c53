"""What an action is about."""

import uuid
from dataclasses import dataclass, field

from django.contrib.auth.models import User

from payments.models import (
    Attempt,
    Delivery,
    InboxMessage,
    Mail,
    OperatorItem,
    Payment,
    Project,
    SagaCommand,
    Subscription,
)
from payments.selectors.explain import amount, provider_name
from payments.selectors.possible_actions import Possible, possible_actions


@dataclass(frozen=True, slots=True)
class Subject:
    """What an action is about: a payment with what is possible and one of its attempts where that is named, or something else."""

    payment: Payment | None
    possible: Possible = field(default_factory=Possible)
    attempt: Attempt | None = None
    item: OperatorItem | None = None
    mail: Mail | None = None
    subscription: Subscription | None = None
    clock_of: Project | None = None
    delivery: Delivery | None = None
    message: InboxMessage | None = None
    step: SagaCommand | None = None
    who: User | None = None
    """Whose action it is; None while it is only judged what is possible."""

    @property
    def object_id(self) -> uuid.UUID:
        """Whose forms are counted: a mail's or an item's, else the payment's."""
        for other in (self.mail, self.subscription, self.clock_of, self.delivery, self.message, self.step):
            if other is not None:
                return other.id
        return self.item.id if self.item is not None else self.paid.id

    @property
    def project(self) -> Project:
        """Whose object it is."""
        if self.clock_of is not None:
            return self.clock_of
        for other in (self.mail, self.subscription, self.delivery, self.message, self.step):
            if other is not None:
                return other.project
        return self.item.project if self.item is not None else self.paid.project

    @property
    def paid(self) -> Payment:
        """The payment, of an action that has one."""
        assert self.payment is not None, "this action is about a payment"  # noqa: S101 - by construction
        return self.payment

    @property
    def provider(self) -> str:
        """The provider's name for people."""
        return provider_name(self.paid.provider)

    def money(self, minor: int) -> str:
        """Write an amount in the payment's currency."""
        return amount(minor, self.paid.currency)


def of_payment(payment: Payment, attempts: list[Attempt], *, attempt: Attempt | None = None) -> Subject:
    """Put a payment, all its attempts and what is possible together."""
    return Subject(payment, possible_actions(payment, attempts), attempt)
