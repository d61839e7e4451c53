"""How a batch stands, told truthfully at any moment: from its rows, and from the audit trail where that knows more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from backoffice.access import scoped
from backoffice.links import page_of
from backoffice.models import ActionBatch, BatchRow, BatchState, RowState
from payments.models import AuditEntry, AuditOutcome
from payments.selectors.explain import amount
from payments.services import audit

SHOWN = 100
"""Rows on one page."""
_LOOKS = {
    AuditOutcome.OK: "succeeded",
    AuditOutcome.KO: "declined",
    AuditOutcome.REFUSED: "declined",
    AuditOutcome.NOT_SENT: "not_sent",
    AuditOutcome.ASKED: "unknown",
    AuditOutcome.PENDING: "unknown",
}
_OPEN = ("", AuditOutcome.ASKED, AuditOutcome.PENDING)


@dataclass(frozen=True, slots=True)
class Shown:
    """One row on its page."""

    row: BatchRow
    url: str
    money: str
    word: str
    look: str
    message: str


def rows_of(batch: ActionBatch, user: User | AnonymousUser) -> Any:
    """List the rows of a person's projects."""
    return scoped(batch.rows.select_related("payment"), user, "project").order_by("number")


def sums(batch: ActionBatch, user: User | AnonymousUser) -> list[dict[str, Any]]:
    """Count what can be done and add it up, per currency and mode; amounts written for people."""
    rows = rows_of(batch, user).exclude(state=RowState.LEFT_OUT).order_by("currency", "payment__mode")
    found = rows.values("currency", "payment__mode").annotate(count=Count("pk"), total=Sum("amount"))
    return [
        {
            "count": one["count"],
            "money": amount(one["total"], one["currency"]) if one["total"] else "",
            "live": one["payment__mode"] == "live",
            "mode": one["payment__mode"],
        }
        for one in found
    ]


def left_out(batch: ActionBatch, user: User | AnonymousUser) -> list[dict[str, Any]]:
    """Count the rows that are left out, by reason."""
    rows = rows_of(batch, user).filter(state=RowState.LEFT_OUT)
    return list(rows.order_by().values("message").annotate(count=Count("pk")).order_by("-count", "message"))


def progress(batch: ActionBatch, rows: Sequence[BatchRow]) -> dict[str, Any]:
    """Count all rows of a begun batch by how they stand."""
    live = _live(rows)
    counts = Counter(_standing(batch, row, live)[0] for row in rows)
    todo = [row for row in rows if row.state != RowState.LEFT_OUT]
    ended = sum(1 for row in todo if row.state == RowState.ENDED)
    return {
        "total": len(todo),
        "ended": ended,
        "percent": 100 * ended // len(todo) if todo else 100,
        "counts": [(word, look, counts[word, look]) for word, look in dict.fromkeys(counts)],
        "runs": batch.state == BatchState.RUNNING,
    }


def shown(batch: ActionBatch, rows: Sequence[BatchRow]) -> list[Shown]:
    """Write rows for their page."""
    live = _live(rows)
    found = []
    for row in rows:
        (word, look), message = _standing(batch, row, live)
        money = amount(row.amount, row.currency) if row.amount and row.currency else ""
        url = page_of(row.payment) if row.payment is not None else ""
        found.append(Shown(row, url, money, word, look, message))
    return found


def _live(rows: Sequence[BatchRow]) -> dict[Any, AuditEntry]:
    """Read what the audit trail knows of rows whose own word may be old: two queries for any number of rows."""
    doubtful = [row.pk for row in rows if row.state != RowState.LEFT_OUT and row.outcome in _OPEN]
    if not doubtful:
        return {}
    begun = AuditEntry.objects.filter(object_id__in=doubtful, number=1).select_related("attempt")
    found = {entry.object_id: entry for entry in begun}
    for final in AuditEntry.objects.filter(asked__in=found.values()).select_related("attempt"):
        found[final.object_id] = final
    return found


def _standing(batch: ActionBatch, row: BatchRow, live: dict[Any, AuditEntry]) -> tuple[tuple[str, str], str]:
    if row.state == RowState.LEFT_OUT:
        return (_("Left out"), "unknown"), row.message
    entry = live.get(row.pk)
    outcome, message = row.outcome, row.message
    if entry is not None:
        outcome, message = _by_audit(entry)
    if outcome:
        word = AuditOutcome(outcome)
        return (str(word.label), _LOOKS.get(word, "open")), message
    if batch.state in (BatchState.RUNNING, BatchState.DRAFT, BatchState.ASKED):
        return (_("Waiting"), "open"), ""
    return (_("Not begun"), "unknown"), _("Nothing was done.")


def _by_audit(entry: AuditEntry) -> tuple[str, str]:
    outcome, message = AuditOutcome(entry.outcome), entry.message
    if entry.attempt is not None and outcome in (AuditOutcome.ASKED, AuditOutcome.PENDING):
        outcome = audit.outcome_of(entry.attempt)
        message = audit.message_of(outcome, entry.attempt)
    return outcome, message
