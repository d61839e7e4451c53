"""Four eyes: what a person may refund alone, judged under the payment's lock.

The amount is counted with what the same person refunded of the same payment within the last day: a limit is not
stepped over in small steps. Refunds that came to nothing do not count.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Sum
from django.utils.translation import gettext as _

from paymenthub.kernel import clock
from paymenthub.kernel.errors import Forbidden
from payments.domain.attempt import RefundState
from payments.models import Attempt, Refund, Source
from payments.selectors.explain import amount
from payments.services.audit import FormClaim
from payments.services.ordering import By

from .limits import refund_limit
from .models import ProjectRefundLimit

_COUNTED = dt.timedelta(hours=24)


class OverRefundLimit(Forbidden):
    """More than this person may refund alone: a second person has to approve it."""

    code = "over_refund_limit"


def refunded_lately(username: str, payment_id: UUID) -> int:
    """Add up what a person refunded of a payment within the last day, in minor units."""
    rows = Refund.objects.filter(payment=payment_id, actor=username, created_at__gt=clock.now() - _COUNTED)
    total: int | None = rows.exclude(state=RefundState.FAILED).aggregate(total=Sum("amount"))["total"]
    return total or 0


def why_not_alone(user: User, project_id: UUID, currency: str, total: int) -> str:
    """Say why a person may not refund so much of a project's money alone; nothing where they may."""
    own = refund_limit(user, currency)
    if own is not None and total > own:
        return _("You may refund up to %(most)s alone.") % {"most": amount(own, currency)}
    of_project = _project_limit(project_id, currency)
    if of_project is not None and total > of_project:
        return _("In this project refunds over %(most)s need two people.") % {"most": amount(of_project, currency)}
    return ""


def why_not_alone_at_once(user: User, sums: Mapping[tuple[UUID, str], int]) -> str:
    """Say why a person may not refund these sums (by project and currency) at once and alone; nothing where they may."""
    by_currency: dict[str, int] = {}
    for (project_id, currency), total in sums.items():
        by_currency[currency] = by_currency.get(currency, 0) + total
        why = why_not_alone(user, project_id, currency, by_currency[currency])
        if why:
            return why
    return ""


def may_release(user: User, currency: str, total: int) -> str:
    """Say why a person may not approve a refund of so much; nothing where they may."""
    own = refund_limit(user, currency)
    if own is not None and total > own:
        return _("Your own limit, %(most)s, is too low to approve this.") % {"most": amount(own, currency)}
    return ""


@dataclass(frozen=True, slots=True)
class LimitedClaim:
    """A form's claim that is given only within a person's limit: judged in the transaction that writes the refund down.

    `released` tells that a second person's word is there: this one's limit counts, and the project's does not.
    """

    inner: FormClaim
    user_id: int
    released: bool = False

    def take(self, attempt: Attempt | None) -> None:
        """Claim the work. Raises OverRefundLimit, and with it nothing was written down."""
        self.inner.take(attempt)
        if attempt is not None:
            self._judge(attempt)

    def settle(self, attempt: Attempt) -> None:
        """Write down what came of it."""
        self.inner.settle(attempt)

    def _judge(self, attempt: Attempt) -> None:
        user = User.objects.get(pk=self.user_id)
        payment = attempt.payment
        total = refunded_lately(self.inner.draft.actor, payment.pk)
        if self.released:
            why = may_release(user, payment.currency, total)
        else:
            why = why_not_alone(user, payment.project_id, payment.currency, total)
        if why:
            raise OverRefundLimit(why, details={"wanted": amount(total, payment.currency)})


def limited(claim: LimitedClaim) -> By:
    """Name the person and the audit row to the refund service, within the person's limit."""
    return By(Source.OPERATOR, f"audit:{claim.inner.id.hex}", claim.inner.draft.actor, claim)


def _project_limit(project_id: UUID, currency: str) -> int | None:
    rows = ProjectRefundLimit.objects.filter(project=project_id, currency=currency)
    return rows.values_list("amount", flat=True).first()
