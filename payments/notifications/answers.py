"""Tell the saga that asked for a mail how it ended: our own, or an outside Flow Manager's."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from paymenthub.kernel import clock
from paymenthub.kernel.errors import HubError
from payments.models import Mail, MailState
from payments.notifications.notify import FAILED, SENT
from payments.services.notified import tell_saga

FlowManager = Callable[[str, str, Mapping[str, Any]], None]

_flow_managers: list[FlowManager] = []
_GIVE_UP = timedelta(hours=1)

logger = logging.getLogger(__name__)


class _ToldBefore(Exception):
    """Somebody else has told the saga at this moment."""


def register_flow_manager(send: FlowManager) -> None:
    """Tell outside sagas through `send(key, event, payload)`; it raises OSError where it could not be told now.

    The same news may be told twice: a Flow Manager takes no notice of an event that its state does not expect.
    """
    _flow_managers[:] = [send]


def has_flow_manager() -> bool:
    """Tell whether there is an outside Flow Manager."""
    return bool(_flow_managers and settings.FLOW_MANAGER_URL)


def answer(mail: Mail) -> bool:
    """Tell the saga once; False where it has to be tried again, or nobody waits for it."""
    kind, _, key = mail.answer_to.partition(":")
    if not key or mail.answered_at is not None or mail.state == MailState.DUE:
        return False
    accepted = mail.state == MailState.SENT
    if kind == "own":
        return _tell_own(mail, UUID(hex=key), SENT if accepted else FAILED)
    if not has_flow_manager():
        return False
    try:
        _flow_managers[0](key, SENT if accepted else str(settings.MAIL_FAILED_EVENT), {})
    except OSError:
        return False
    return _mark(mail)


def _tell_own(mail: Mail, payment_id: UUID, event: str) -> bool:
    if mail.state == MailState.SKIPPED:
        return _mark(mail)  # a state's own command was answered at once, and a side effect waits for nothing
    try:
        told = tell_saga(payment_id, event, evidence=f"mail:{mail.pk.hex}", then=lambda: _mark_or_undo(mail))
    except _ToldBefore:
        return False
    except HubError as error:
        logger.warning("A saga did not take news of its mail.", extra={"cause": error.code, "event": event})
        over = mail.decided_at is not None and clock.now() - mail.decided_at > _GIVE_UP
        return _mark(mail) if over else False
    return True if told else _mark(mail)


def _mark_or_undo(mail: Mail) -> None:
    if not _mark(mail):
        raise _ToldBefore


def _mark(mail: Mail) -> bool:
    mail.answered_at = clock.now()
    return Mail.objects.filter(pk=mail.pk, answered_at=None).update(answered_at=mail.answered_at) == 1
