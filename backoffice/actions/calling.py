"""Send a callback again."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import WrongState
from paymenthub.kernel.redact import redact_url
from payments.models import AuditAction, AuditOutcome, Delivery, DeliveryState
from payments.outbound.replay import replay_deliveries
from payments.services.audit import FormClaim

from .base import Action
from .subject import Subject


class ResendCallbackAction(Action):
    """Try a callback once more."""

    name, verb, icon = AuditAction.RESEND_CALLBACK, gettext_lazy("Send again"), "outbox"
    permission = "payments.resend_delivery"
    cannot = gettext_lazy("It is waiting to be sent as it is, or its endpoint is switched off.")

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether it is over, or waits for a later try, and somebody listens."""
        return not why_not(_delivery(subject))

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what goes where."""
        delivery = _delivery(subject)
        told = {"event": f"{delivery.event.type} #{delivery.event.sequence}", "address": redact_url(delivery.url)}
        return [
            _("%(event)s is sent once more to %(address)s.") % told,
            _("It is the same event with the same webhook-id, signed anew: who has it already can tell."),
            _("It says what was true then. Where later events were sent meanwhile, its number is lower than theirs."),
        ]

    def get_title(self, subject: Subject) -> str:
        """Name the page."""
        event = _delivery(subject).event
        return f"{self.name.label} · {event.type} #{event.sequence}"

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Make it due at once."""
        delivery = _delivery(subject)
        delivery.refresh_from_db()
        if why_not(delivery):
            raise WrongState(str(self.cannot))
        with db.durable():
            claim.take(None)
            if not replay_deliveries(delivery_ids=[delivery.pk]):
                raise WrongState(_("It is being sent at this moment."))
            claim.finish(AuditOutcome.OK, _("It is sent as soon as a worker is free."))


def why_not(delivery: Delivery) -> str:
    """Say why a callback is not sent again; nothing where it can be."""
    if delivery.endpoint is not None and not delivery.endpoint.enabled:
        return _("Its endpoint is switched off.")
    due = delivery.next_try_at
    if delivery.state == DeliveryState.DUE and (delivery.tries == 0 or due is None or due <= clock.now()):
        return _("It is about to be sent anyway.")
    return ""


def _delivery(subject: Subject) -> Delivery:
    assert subject.delivery is not None, "this action is about a callback"  # noqa: S101 - by construction
    return subject.delivery
