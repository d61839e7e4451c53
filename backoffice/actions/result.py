"""What came of an action, told truthfully: by its audit rows, and by its attempt where that knows more by now."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.display import label
from payments.models import AuditAction, AuditEntry, AuditOutcome
from payments.selectors.explain import amount
from payments.services import audit

from .forms import REFUND_REASONS

_HEADINGS = {
    AuditOutcome.ASKED: gettext_lazy("Begun, and not known yet"),
    AuditOutcome.OK: gettext_lazy("Done"),
    AuditOutcome.KO: gettext_lazy("Not done"),
    AuditOutcome.PENDING: gettext_lazy("Not known yet"),
    AuditOutcome.NOT_SENT: gettext_lazy("Nothing was sent"),
    AuditOutcome.REFUSED: gettext_lazy("Refused: nothing was done"),
    AuditOutcome.WAITING: gettext_lazy("Waits for a second person"),
}
_TONES = {
    AuditOutcome.OK: "good",
    AuditOutcome.KO: "bad",
    AuditOutcome.NOT_SENT: "bad",
    AuditOutcome.REFUSED: "bad",
}
_ADVICE = {
    AuditOutcome.ASKED: gettext_lazy("Do not repeat it. The hub asks the provider until it knows."),
    AuditOutcome.PENDING: gettext_lazy("Do not repeat it. The hub asks the provider until it knows."),
    AuditOutcome.NOT_SENT: gettext_lazy("It may be tried again."),
    AuditOutcome.WAITING: gettext_lazy("Nothing is done until another person has approved it."),
}
_REFUSALS = {
    "over_refund": gettext_lazy("That is more than may be refunded."),
    "over_capture": gettext_lazy("That is more than is held."),
    "precondition_failed": gettext_lazy(
        "What may be refunded has changed since the page was made. Look again before you decide."
    ),
    "refund_after_chargeback": gettext_lazy(
        "The customer's bank has taken money back; a refund on top needs the override."
    ),
}
_AMOUNTS = {
    "authorized": gettext_lazy("Authorised"),
    "captured": gettext_lazy("Captured"),
    "capturable": gettext_lazy("Held and not captured"),
    "refundedByUs": gettext_lazy("Refunded"),
    "refundReserved": gettext_lazy("Refund running"),
    "refundedElsewhere": gettext_lazy("Refunded elsewhere"),
    "chargedBack": gettext_lazy("Charged back"),
    "refundable": gettext_lazy("Refundable"),
}


_ON_SUBSCRIPTIONS = (
    AuditAction.CANCEL_SUBSCRIPTION,
    AuditAction.PAUSE_SUBSCRIPTION,
    AuditAction.RESUME_SUBSCRIPTION,
)


def result_url(entry: AuditEntry, *, again: bool = False) -> str:
    """Return the address of an action's result; `again` says that its form was sent a second time."""
    shown = entry.asked or entry
    if shown.action == AuditAction.RESEND_MAIL:
        url = reverse("admin:payments_mail_acted", args=[shown.object_id, shown.pk])
    elif shown.action in _ON_SUBSCRIPTIONS:
        url = reverse("admin:payments_subscription_acted", args=[shown.object_id, shown.pk])
    elif shown.action == AuditAction.RESEND_CALLBACK:
        url = reverse("admin:payments_delivery_acted", args=[shown.object_id, shown.pk])
    elif shown.action == AuditAction.ADVANCE_CLOCK:
        url = reverse("admin:payments_project_clock_moved", args=[shown.object_id, shown.pk])
    elif shown.action in (AuditAction.LOOK_AGAIN, AuditAction.NOT_OURS):
        url = reverse("admin:payments_inboxmessage_acted", args=[shown.object_id, shown.pk])
    elif shown.action == AuditAction.RETRY_STEP:
        url = reverse("admin:payments_sagacommand_acted", args=[shown.object_id, shown.pk])
    elif shown.item_id is not None:
        url = reverse("admin:payments_operatoritem_acted", args=[shown.item_id, shown.pk])
    else:
        url = reverse("admin:payments_payment_acted", args=[shown.payment_id, shown.pk])
    return f"{url}?again=1" if again else url


def result_context(entry: AuditEntry) -> dict[str, Any]:
    """Read what came of an action for its page."""
    final = audit.outcome_of_action(entry)
    outcome, message = AuditOutcome(final.outcome), message_words(final)
    if final.attempt is not None and outcome in (AuditOutcome.ASKED, AuditOutcome.PENDING):
        outcome = audit.outcome_of(final.attempt)
        message = audit.message_of(outcome, final.attempt)
    currency = str(final.before.get("currency", ""))
    return {
        "title": f"{final.get_action_display()} · {_about(final)}",
        "entry": final,
        "heading": _HEADINGS[outcome],
        "tone": _TONES.get(outcome, "doubt"),
        "message": message,
        "advice": _advice(final, outcome),
        "details": _details(final.details, currency),
        "amounts": _before_and_after(final, currency),
        "what": amount(final.attempt.amount, final.attempt.currency) if final.attempt is not None else "",
        "reason": reason_words(final.reason),
    }


def message_words(entry: AuditEntry) -> str:
    """Say what an audit row holds, a refusal in words without minor units."""
    return str(_REFUSALS.get(entry.details.get("code", ""), entry.message))


def reason_words(code: str) -> str:
    """Write a refund's reason for people."""
    if code == "other":
        return _("Another reason")
    return str(REFUND_REASONS.get(code) or (label(code) if code else ""))


def _advice(entry: AuditEntry, outcome: AuditOutcome) -> str:
    if entry.action == AuditAction.CHECK and outcome is AuditOutcome.PENDING:
        return _("The hub goes on asking until it knows.")
    return str(_ADVICE.get(outcome, ""))


def _about(entry: AuditEntry) -> str:
    if entry.payment is not None:
        return entry.payment.shop_transaction_id
    return label(entry.item.kind) if entry.item is not None else ""


def _details(details: Mapping[str, Any], currency: str) -> list[tuple[str, str]]:
    return [
        (str(_AMOUNTS.get(name) or label(name)), _value(name, value, str(details.get("currency", currency))))
        for name, value in details.items()
        if name not in ("code", "currency")
    ]


def _before_and_after(entry: AuditEntry, currency: str) -> list[tuple[str, str, str]]:
    after = entry.after or {}
    rows = []
    for name in ("state", *_AMOUNTS):
        was, now = entry.before.get(name), after.get(name)
        if was or now:
            rows.append((str(_AMOUNTS.get(name, _("State"))), _value(name, was, currency), _value(name, now, currency)))
    return rows


def _value(name: str, value: Any, currency: str) -> str:
    if value is None:
        return "—"
    return amount(value, currency) if name in _AMOUNTS and isinstance(value, int) else str(value)
