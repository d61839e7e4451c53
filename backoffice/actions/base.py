"""What an action is: who may do it, what it asks for, what it would do, and the service that does it."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import AuditAction
from payments.services.audit import FormClaim

from .forms import ReasonForm
from .subject import Subject


class Action:
    """One action. `two_steps`: the effect depends on what is typed in, so it is confirmed on a page of its own."""

    name: ClassVar[AuditAction]
    verb: ClassVar[Any]  # a text, or a lazy one
    icon: ClassVar[str]
    permission: ClassVar[str]
    form: ClassVar[type[ReasonForm]] = ReasonForm
    two_steps: ClassVar[bool] = False
    dangerous: ClassVar[bool] = False
    cannot: ClassVar[Any] = gettext_lazy("This is not possible as the payment stands now.")

    def permissions(self, subject: Subject) -> list[str]:
        """Name the permissions that are needed for this very subject."""
        return [self.permission]

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether it can be done now."""
        raise NotImplementedError(f"{type(self).__name__}.is_possible")

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say in plain words what it would do; `data` is the valid form's, None before it was filled in."""
        raise NotImplementedError(f"{type(self).__name__}.effect")

    def get_title(self, subject: Subject) -> str:
        """Name the page."""
        about = subject.paid.shop_transaction_id if subject.payment is not None else _("an item")
        return f"{self.name.label} · {about}"

    def button(self, subject: Subject, data: dict[str, Any] | None) -> str:
        """Say what the button that does it says."""
        return str(self.verb)

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Call the service. `seen` is the refundable amount that the person saw. Raises HubError."""
        raise NotImplementedError(f"{type(self).__name__}.act")


def real_money(subject: Subject) -> str:
    """Say whether it is about real money."""
    return _("This is real money.") if subject.paid.mode == "live" else _("This is test mode: no real money moves.")
