"""Tell the saga that asked for a mail how it ended: our own, or an outside Flow Manager's."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings

from paymenthub.kernel import clock, db
from payments.models import Mail, MailState
from payments.notifications.notify import FAILED, SENT
from payments.services.notified import tell_saga

FlowManager = Callable[[str, str, Mapping[str, Any]], None]

_flow_managers: list[FlowManager] = []


def register_flow_manager(send: FlowManager) -> None:
    """Tell outside sagas through `send(key, event, payload)`; it raises OSError where it could not be told now.

    The same news may be told twice: a Flow Manager takes no notice of an event that its state does not expect.
    """
    _flow_managers[:] = [send]


def has_flow_manager() -> bool:
    """Tell whether there is an outside Flow Manager."""
    return bool(_flow_managers)


def answer(mail: Mail) -> bool:
    """Tell the saga once; False where it has to be tried again, or nobody waits for it."""
    kind, _, key = mail.answer_to.partition(":")
    if not key or mail.answered_at is not None or mail.state == MailState.DUE:
        return False
    accepted = mail.state == MailState.SENT
    if kind == "own":
        with db.durable():
            if not _mark(mail):
                return False
            if mail.state != MailState.SKIPPED:
                tell_saga(UUID(hex=key), SENT if accepted else FAILED, evidence=f"mail:{mail.pk.hex}")
        return True
    if not _flow_managers:
        return False
    try:
        _flow_managers[0](key, SENT if accepted else str(settings.MAIL_FAILED_EVENT), {})
    except OSError:
        return False
    return _mark(mail)


def _mark(mail: Mail) -> bool:
    mail.answered_at = clock.now()
    return Mail.objects.filter(pk=mail.pk, answered_at=None).update(answered_at=mail.answered_at) == 1
