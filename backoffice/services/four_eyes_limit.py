"""Set from which amount on a project's refunds need two people."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from backoffice.models import ProjectRefundLimit
from paymenthub.kernel import db, ids
from payments.models import AuditAction, Project
from payments.services import audit


@dataclass(frozen=True, slots=True)
class By:
    """Who sets it, from where and why."""

    actor: str
    address: str | None
    note: str


def set_four_eyes_limit(project: Project, currency: str, amount: int | None, by: By) -> None:
    """Set the most (minor units) that one person may refund of the project's money; None takes the limit away."""
    with db.durable():
        rows = ProjectRefundLimit.objects.filter(project=project, currency=currency)
        before = rows.values_list("amount", flat=True).first()
        if amount is None:
            rows.delete()
        else:
            ProjectRefundLimit.objects.update_or_create(project=project, currency=currency, defaults={"amount": amount})
        draft = audit.Draft(
            action=AuditAction.FOUR_EYES,
            project=project,
            object_id=ids.new_uuid(),
            number=1,
            actor=by.actor,
            address=by.address,
            note=by.note,
        )
        was, now = {"currency": currency, "limit": before}, {"currency": currency, "limit": amount}
        audit.done(draft, _("The four-eyes limit was set."), before=was, after=now)
