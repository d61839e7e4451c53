"""Prove the ledger, and put what is wrong before an operator; what is right again is taken off."""

import datetime as dt
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from paymenthub.kernel import clock
from payments.domain.attempt import ItemKind
from payments.models import OperatorItem
from payments.selectors import ledger
from payments.selectors.ledger import Finding

logger = logging.getLogger(__name__)

ACTOR = "ledger_proof"
MOST_ITEMS = 1000
"""Findings of one run that become items; more of them tell a person nothing new."""
_ITEMS_AT_ONCE = 500
_NEXT_STEP = (
    "Run manage.py ledger_proof --payment with this payment. Compare its movements with the provider before anything is "
    "refunded or shipped, and find what wrote the wrong row before it is mended (docs/ledger.md)."
)


@dataclass(frozen=True, slots=True)
class Proof:
    """How many payments were compared, how many findings there were, and how many items were right again."""

    payments: int
    findings: int
    closed: int

    @property
    def is_right(self) -> bool:
        """Whether nothing was found."""
        return self.findings == 0


def prove_ledger(*, since: dt.datetime | None = None) -> Proof:
    """Compare all payments, or those that changed after `since`; then look again at every item that is open.

    Writes operator items and nothing else. Safe to run twice at once: the same finding is one item while it is open.
    """
    payments = findings = 0
    for portion in ledger.walk(since=since):
        payments += portion.payments
        _open(portion.findings[: max(0, MOST_ITEMS - findings)])
        findings += len(portion.findings)
    closed = _look_again()
    if findings:
        logger.error("the ledger is out of balance", extra={"count": findings})
    return Proof(payments, findings, closed)


def _open(findings: Iterable[Finding]) -> None:
    items = [
        OperatorItem(
            project_id=finding.project_id,
            payment_id=finding.payment_id,
            kind=ItemKind.LEDGER_IMBALANCE,
            about=finding.key,
            next_step=_NEXT_STEP,
            evidence=_evidence(finding),
        )
        for finding in findings
    ]
    OperatorItem.objects.bulk_create(items, ignore_conflicts=True)  # open once, by its unique constraint


def _evidence(finding: Finding) -> dict[str, Any]:
    return {
        "what": finding.what,
        "about": finding.about,
        "expected": finding.expected,
        "found": finding.found,
        "difference": finding.difference,
        "currency": finding.currency,
    }


def _look_again() -> int:
    """Bring every open item to what is found now; return how many were closed."""
    closed, after = 0, uuid.UUID(int=0)
    still_open = OperatorItem.objects.filter(kind=ItemKind.LEDGER_IMBALANCE, resolved_at=None)
    while items := list(still_open.filter(pk__gt=after).order_by("pk")[:_ITEMS_AT_ONCE]):
        found = {each.key: each for each in ledger.find({item.payment_id for item in items if item.payment_id})}
        for item in items:
            row = still_open.filter(pk=item.pk)
            finding = found.get(item.about)
            if finding is None:
                closed += row.update(
                    resolved_at=clock.now(), resolved_by=ACTOR, resolution="The ledger is right here again."
                )
            elif item.evidence != _evidence(finding):
                row.update(evidence=_evidence(finding))
        after = items[-1].pk
    return closed
