"""Issue what a payment lacks: its invoice once the capture is final, then a document for each refund, one transaction each."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from invoices import numbering
from invoices.domain import numbers, snapshot
from invoices.domain.document import Document, DocumentKind
from invoices.domain.problems import Unbillable
from invoices.models import Invoice, IssuerProfile, When
from invoices.selectors.profiles import profile_of
from paymenthub.kernel import clock, db, ids
from payments import locks
from payments.domain.attempt import MovementKind
from payments.models import Mode, Movement, Payment, Refund

from . import compose
from .compose import Given

_BACK = (MovementKind.REFUNDED, MovementKind.REFUNDED_ELSEWHERE)
_NO_NEWS = Given()
_TOKEN_BYTES = 32


class _YearTurned(Exception):
    """A new year began between the choice of the series and the number."""


@dataclass(frozen=True, slots=True)
class _Next:
    """A document that is composed and lacks its number."""

    document: Document
    movement: Movement | None = None
    refers_to: Invoice | None = None


def issue_due(payment_id: uuid.UUID, *, requested: Given | None = None) -> list[Invoice]:
    """Issue every document that a payment lacks, in order; return them, or none where all is there.

    The first invoice is issued where the project says so, or where it is `requested`. Raises Unbillable for the first
    document that cannot be made; those before it stay issued, and no number is used for it. Idempotent.
    """
    issued: list[Invoice] = []
    more = True
    while more:
        row, more = db.retry_serialization(lambda: _issue_next(payment_id, requested))
        if row is not None:
            issued.append(row)
    return issued


def _issue_next(payment_id: uuid.UUID, requested: Given | None) -> tuple[Invoice | None, bool]:
    try:
        return _once(payment_id, requested)
    except _YearTurned:
        return _once(payment_id, requested)


def _once(payment_id: uuid.UUID, requested: Given | None) -> tuple[Invoice | None, bool]:
    """Issue the next document; tell also whether others are to follow."""
    with db.durable():
        payment = locks.payment(payment_id)
        profile = profile_of(payment.project_id)
        if profile is None:
            if requested is not None:
                raise Unbillable("issuer_incomplete", "The project has no issuer profile; make one in the backoffice.")
            return None, False
        payment.project = profile.project
        documents = list(Invoice.objects.filter(payment=payment).order_by("created_at", "id"))
        moved = list(payment.movements.select_related("attempt__refund").order_by("created_at", "id"))
        following = _following(payment, profile, documents, moved, requested)
        if following is None:
            return None, False
        row = _issue(payment, profile, following)
        return row, len(_without_document(moved, [*documents, row])) > 0


def _following(
    payment: Payment,
    profile: IssuerProfile,
    documents: Sequence[Invoice],
    moved: Sequence[Movement],
    requested: Given | None,
) -> _Next | None:
    """Say which document comes next, and what stands on it."""
    if not documents:
        is_final = payment.captured > 0 and payment.capturable == 0
        if requested is None and (profile.when != When.AT_CAPTURE or not is_final):
            return None
        if not is_final:
            raise Unbillable("not_captured", "An invoice is issued once all that will be captured is captured.")
        paid_at = max((row.occurred_at for row in moved if row.kind == MovementKind.CAPTURED), default=None)
        return _Next(compose.invoice(payment, profile, requested or _NO_NEWS, paid_at=paid_at))
    original = documents[0]
    if payment.captured != original.gross:
        raise Unbillable(
            "captured_after_invoice",
            f"{payment.captured} is captured by now, and {original.number} is over {original.gross}.",
        )
    waiting = _without_document(moved, documents)
    if not waiting:
        return None
    movement = waiting[0]
    if movement.kind in _BACK:
        return _Next(compose.credit_note(payment, profile, original, movement, documents[1:]), movement, original)
    refunded = next((row for row in moved if row.kind in _BACK and row.evidence == movement.evidence), None)
    if refunded is None:
        raise Unbillable("reversed_unknown", "A refund was taken back of which no record is there.")
    taken_back = next(row for row in documents if row.movement_id == refunded.id)
    return _Next(compose.reversal(payment, profile, taken_back, movement), movement, taken_back)


def _without_document(moved: Sequence[Movement], documents: Sequence[Invoice]) -> list[Movement]:
    """List the refunds, and refunds taken back, of which no document tells."""
    told = {row.movement_id for row in documents}
    kinds = (*_BACK, MovementKind.REFUND_REVERSED)
    return [row for row in moved if row.kind in kinds and row.id not in told]


def _issue(payment: Payment, profile: IssuerProfile, following: _Next) -> Invoice:
    """Write it down. The number is taken last: its series is locked from then on until the commit."""
    document = following.document
    zone = _zone(payment)
    year = clock.now().astimezone(zone).year
    series = profile.invoice_series if document.kind is DocumentKind.INVOICE else profile.credit_note_series
    if payment.mode == Mode.TEST:
        series = f"TEST-{series}"
    kept = snapshot.freeze(document)
    row_id, token = ids.new_uuid(), ids.random_token(_TOKEN_BYTES)
    n = numbering.take(project_id=payment.project_id, mode=payment.mode, series=series, year=year)
    now = clock.now()
    if now.astimezone(zone).year != year:
        raise _YearTurned
    number = numbers.format_number(profile.number_template, series=series, year=year, n=n)
    stamped = snapshot.freeze(replace(document, number=number, issued_at=now, lines=(), vat_groups=()))
    kept |= {name: stamped[name] for name in ("number", "issued_at")}
    row = Invoice(
        id=row_id,
        created_at=now,
        issued_at=now,
        project_id=payment.project_id,
        mode=payment.mode,
        payment=payment,
        movement=following.movement,
        refund=_refund_of(following.movement),
        refers_to=following.refers_to,
        kind=document.kind,
        series=series,
        year=year,
        sequence=n,
        number=number,
        currency=document.currency,
        net=document.net,
        vat=document.vat,
        gross=document.gross,
        logo_digest=profile.logo.digest if profile.logo else "",
        document=kept,
        file_token=token,
        file_due_at=now,
    )
    row.save(force_insert=True)
    return row


def _refund_of(movement: Movement | None) -> Refund | None:
    return movement.attempt.refund if movement is not None and movement.attempt is not None else None


def _zone(payment: Payment) -> dt.tzinfo:
    try:
        return ZoneInfo(payment.project.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise Unbillable("zone_unknown", f"There is no time zone {payment.project.timezone!r}.") from None
