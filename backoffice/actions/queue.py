"""What is done about the operators' queue beside money: notifications, steps, and an item that was resolved too early."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.display import label
from paymenthub.kernel import db
from payments.inbox.by_hand import AGAIN, NOT_OURS, look_again, not_ours
from payments.models import AuditAction, AuditOutcome, InboxMessage, InboxState, SagaCommand, SagaCommandState
from payments.outbound.retry_commands import retry_command
from payments.selectors.explain import provider_name
from payments.services.audit import FormClaim
from payments.services.reopen_item import reopen_item

from .base import Action
from .subject import Subject


class LookAgainAction(Action):
    """Have a notification worked on once more."""

    name, verb, icon = AuditAction.LOOK_AGAIN, gettext_lazy("Look at it again"), "sync"
    permission = "payments.process_inboxmessage"
    cannot = gettext_lazy(
        "It was understood, or it holds other content under a known key: that is never applied by itself."
    )

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether it was not understood."""
        return _message(subject).state in AGAIN

    def get_title(self, subject: Subject) -> str:
        """Name the page."""
        return _about_message(self, _message(subject))

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what is looked for."""
        provider = provider_name(_message(subject).provider_account.provider)
        return [
            _("The hub looks once more whether it knows a payment by the ids in this notification of %(provider)s.")
            % {"provider": provider},
            _("If it does, what the notification says is recorded as if it came now; nothing is recorded twice."),
            _("If it does not, nothing changes."),
        ]

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Look, and write down what came of it."""
        message = _message(subject)
        before = message.get_state_display()
        state = look_again(message, begin=lambda: claim.take(None))
        outcome, words = _found(state, message)
        with db.durable():
            claim.finish(outcome, words, details={"before": before, "after": message.get_state_display()})


class NotOursAction(Action):
    """Say that a notification belongs to another system."""

    name, verb, icon = AuditAction.NOT_OURS, gettext_lazy("Not ours"), "do_not_disturb_on"
    permission = "payments.process_inboxmessage"
    cannot = gettext_lazy("It was understood, or closed before.")

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether it still waits."""
        return _message(subject).state in NOT_OURS

    def get_title(self, subject: Subject) -> str:
        """Name the page."""
        return _about_message(self, _message(subject))

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what ends."""
        return [
            _("It is tried no more, and its operator item is resolved with your name and reason."),
            _("The notification stays as it came. «Look at it again» takes this back."),
            _("Choose this only if another system uses the same provider account: a payment of ours may be behind it."),
        ]

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Close it."""
        message = _message(subject)
        before = message.get_state_display()

        def written() -> None:
            claim.take(None)
            after = str(InboxState.NOT_OURS.label)
            claim.finish(AuditOutcome.OK, _("It is tried no more."), details={"before": before, "after": after})

        not_ours(message, claim.draft.actor, data["note"], then=written)


class RetryStepAction(Action):
    """Have a step that was given up tried again."""

    name, verb, icon = AuditAction.RETRY_STEP, gettext_lazy("Try the step again"), "replay"
    permission = "payments.retry_sagacommand"
    cannot = gettext_lazy("It is not given up.")

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether it was given up."""
        return _step(subject).state == SagaCommandState.FAILED

    def get_title(self, subject: Subject) -> str:
        """Name the page."""
        return f"{self.name.label} · {_step(subject).channel}"

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what is sent again."""
        step = _step(subject)
        return [
            _("«%(label)s» is sent to «%(channel)s» again, under the same id as before.")
            % {"label": step.label, "channel": step.channel},
            _("A receiver that keeps ids as agreed does nothing twice. First mend what was wrong:"),
            step.last_error or _("nothing is noted."),
        ]

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Make it due."""

        def written() -> None:
            claim.take(None)
            claim.finish(AuditOutcome.OK, _("It is sent as soon as a worker is free."))

        retry_command(_step(subject), then=written)


class ReopenAction(Action):
    """Put a resolved item back into the queue."""

    name, verb, icon = AuditAction.REOPEN_ITEM, gettext_lazy("Open it again"), "undo"
    permission = "payments.resolve_operatoritem"
    cannot = gettext_lazy("It is open.")

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether it was resolved."""
        return subject.item is not None and subject.item.resolved_at is not None

    def get_title(self, subject: Subject) -> str:
        """Name the page."""
        return f"{self.name.label} · {label(subject.item.kind)}" if subject.item is not None else str(self.name.label)

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say that it waits again."""
        item = subject.item
        said = f"{item.resolved_by}: {item.resolution}" if item is not None else ""
        return [
            _("It waits for a person again, and nobody is on it."),
            _("What was written when it was resolved stays in the audit trail: %(said)s") % {"said": said},
            _("No money moves by this."),
        ]

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Open it."""
        item = subject.item
        assert item is not None, "an item is opened again"  # noqa: S101 - by construction
        before = {"resolvedBy": item.resolved_by, "resolution": item.resolution}

        def written() -> None:
            claim.take(None)
            claim.finish(AuditOutcome.OK, _("It is in the queue again."), details=before)

        reopen_item(item, then=written)


def _found(state: InboxState, message: InboxMessage) -> tuple[AuditOutcome, str]:
    if state == InboxState.DONE:
        about = (
            _(" It is about %(payment)s.") % {"payment": message.payment.shop_transaction_id}
            if message.payment is not None
            else ""
        )
        return AuditOutcome.OK, _("It was understood and recorded.%(about)s") % {"about": about}
    if state == InboxState.IGNORED:
        return AuditOutcome.OK, _("It was understood: there is nothing to do about it.")
    why = message.error or _("no reason noted")
    if state == InboxState.NEW:
        return AuditOutcome.PENDING, _("Not understood yet: %(why)s.") % {"why": why}
    return AuditOutcome.KO, _("Still not understood: %(why)s.") % {"why": why}


def _message(subject: Subject) -> InboxMessage:
    assert subject.message is not None, "this action is about a notification"  # noqa: S101 - by construction
    return subject.message


def _step(subject: Subject) -> SagaCommand:
    assert subject.step is not None, "this action is about a step"  # noqa: S101 - by construction
    return subject.step


def _about_message(action: Action, message: InboxMessage) -> str:
    return f"{action.name.label} · {message.event_type or message.event_key or message.pk}"
