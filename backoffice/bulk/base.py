"""What a bulk action is: which rows it takes, how each is judged for the confirm page, and the single action behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanWidget

from backoffice.actions import catalogue
from backoffice.actions.base import Action
from backoffice.actions.forms import REFUND_REASONS, ReasonForm
from backoffice.actions.subject import Subject
from backoffice.models import BatchRow
from payments.services.audit import FormClaim


@dataclass(frozen=True, slots=True)
class Judged:
    """One chosen row. `amount` (minor units) is what would move; `why_not` leaves the row out."""

    target: UUID
    named: str
    project_id: UUID
    payment_id: UUID | None = None
    amount: int = 0
    currency: str = ""
    why_not: str = ""


class BulkForm(ReasonForm):
    """What every bulk action asks for: a reason."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(Subject(None), data)


class RefundBulkForm(BulkForm):
    """Why so many refunds."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[("", gettext_lazy("Choose …")), *((k, v) for k, v in REFUND_REASONS.items() if k != "other")],
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ["reason", "note"]

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["note"].label = gettext_lazy("Note")


class EndBulkForm(BulkForm):
    """When subscriptions end."""

    at_once = forms.BooleanField(
        label=gettext_lazy("End them now, and not on their renewal days"), required=False, widget=UnfoldBooleanWidget()
    )
    field_order = ["at_once", "note"]


class BulkKind:
    """One bulk action. `model` is what its rows are chosen from; `on` the admin list that offers it."""

    name: ClassVar[str]
    title: ClassVar[Any]
    verb: ClassVar[Any]
    icon: ClassVar[str]
    on: ClassVar[str]
    permission: ClassVar[str]
    action: ClassVar[Action]
    form: ClassVar[type[BulkForm]] = BulkForm
    dangerous: ClassVar[bool] = False
    moves_money: ClassVar[bool] = False
    in_background: ClassVar[bool] = True

    def judge(self, chosen: QuerySet[Any], user: User) -> list[Judged]:
        """Judge the chosen rows, in the order in which they are worked on."""
        raise NotImplementedError(f"{type(self).__name__}.judge")

    def effect(self) -> list[str]:
        """Say in plain words what happens to each row."""
        raise NotImplementedError(f"{type(self).__name__}.effect")

    def subject(self, row: BatchRow) -> Subject | None:
        """Read what a row is about; None where it is gone."""
        raise NotImplementedError(f"{type(self).__name__}.subject")

    def data(self, row: BatchRow) -> dict[str, Any]:
        """Return what the single action's form would hold."""
        return {"note": row.batch.note}

    def act(self, row: BatchRow, subject: Subject, claim: FormClaim) -> None:
        """Do it to one row. Raises HubError where it is refused."""
        self.action.act(subject, self.data(row), claim, None)

    def is_allowed(self, user: User, subject: Subject) -> bool:
        """Tell whether a person may do this to this very row."""
        return user.has_perm(self.permission) and catalogue.may(user, self.action, subject)

    def judge_one(self, subject: Subject, user: User, **more: Any) -> Judged:
        """Judge one row by its single action."""
        judged = Judged(project_id=subject.project.pk, **more)
        if judged.why_not:
            return judged
        if not self.is_allowed(user, subject):
            return replace(judged, why_not=_("You may not do this to it."))
        if not self.action.is_possible(subject):
            return replace(judged, why_not=str(self.action.cannot))
        return judged


def by_id(rows: Iterable[Model], ids: Sequence[UUID]) -> list[Any]:
    """Put rows into the order of their ids."""
    found = {row.pk: row for row in rows}
    return [found[id] for id in ids if id in found]
