"""Erase a buyer: what the law keeps stays (amounts, issued invoices), everything else of the person goes.

In place of the person stands a pseudonym, the same in all of their payments and made with a key of this installation, so
that nobody can tell from it who it was. What stands above the core (mails, invoices) registers an `Eraser`.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from paymenthub.kernel import db, ids
from paymenthub.kernel.errors import InvalidField
from payments import locks
from payments.models import AuditAction, InboxState, Payment, PaymentLink, Project, Subscription
from payments.selectors import links
from payments.selectors.keyring import ring
from payments.selectors.notifications import sealed_body

from . import audit, rollups

_PURPOSE = "erased-buyer"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom to erase: by the mail address, or by the order system's own id of the buyer."""

    email: str = ""
    buyer_id: str = ""

    @property
    def pseudonym(self) -> str:
        """What stands in the person's place."""
        named = f"email:{self.email.casefold()}" if self.email else f"id:{self.buyer_id}"
        return f"erased-{ring().digest(named.encode(), purpose=_PURPOSE)[:24]}"


@dataclass(slots=True)
class Erasure:
    """What was (or with a dry run: would be) erased, and what is kept and why, each with how often."""

    payments: int = 0
    open_payments: int = 0
    erased: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)


Eraser = Callable[[Payment, Subject, bool], tuple[Mapping[str, int], Mapping[str, int]]]
"""Erases what it has of a locked payment (only counts it where the last argument, `dry_run`, is true); returns what it
erased and what it kept, by a name for people."""

_erasers: list[Eraser] = []


def register(eraser: Eraser) -> None:
    """Ask `eraser` about every payment of a person that is erased; from `AppConfig.ready()`."""
    if eraser not in _erasers:
        _erasers.append(eraser)


def erase_buyer(
    *,
    project: Project,
    subject: Subject,
    actor: str,
    reason: str,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Erasure:
    """Erase a person from a project, one payment a transaction, so that it can be stopped and run again.

    A payment that still waits for its buyer or for a provider is left alone and counted: run it again when it has ended.
    Raises InvalidField where nobody, or no reason, is named.
    """
    if bool(subject.email.strip()) == bool(subject.buyer_id.strip()):
        raise InvalidField("Name the buyer by the mail address or by the id, one of both.", param="email")
    if not reason.strip():
        raise InvalidField("Say why (the person's request, for example).", param="reason")
    report = Erasure()
    for payment_id in _payments_of(project, subject):
        _erase_payment(payment_id, subject, report, dry_run)
        progress(report.payments + report.open_payments)
    for link in _links_of(project, subject):
        _erase_link(link.pk, subject, report, dry_run)
    for subscription_id in _subscriptions_of(project, subject):
        _erase_subscription(subscription_id, subject, report, dry_run)
    if not dry_run:
        draft = audit.Draft(
            action=AuditAction.ERASE,
            project=project,
            object_id=ids.new_uuid(),
            number=0,
            actor=actor[:128],
            note=reason[:500],
        )
        after = {"payments": report.payments, "open": report.open_payments, "erased": dict(report.erased)}
        audit.done(draft, f"{subject.pseudonym} stands for the buyer.", after=after | {"kept": dict(report.kept)})
    return report


def _payments_of(project: Project, subject: Subject) -> Iterator[uuid.UUID]:
    rows: QuerySet[Payment] = Payment.objects.filter(project=project)
    if subject.email:
        email = subject.email.strip()
        rows = rows.filter(Q(buyer__email__iexact=email) | Q(additional_data__buyer__email__iexact=email))
    else:
        rows = rows.filter(Q(buyer__id=subject.buyer_id) | Q(additional_data__buyer__id=subject.buyer_id))
    # All ids first: what is erased is not found again.
    yield from list(rows.order_by("id").values_list("id", flat=True))


def _links_of(project: Project, subject: Subject) -> list[PaymentLink]:
    rows = PaymentLink.objects.filter(project=project)
    if subject.email:
        return list(rows.filter(buyer__email__iexact=subject.email.strip()))
    return list(rows.filter(buyer__id=subject.buyer_id))


def _erase_link(link_id: uuid.UUID, subject: Subject, report: Erasure, dry_run: bool) -> None:
    with db.durable():
        link = locks.payment_link(link_id)
        uses = links.uses_of(link.pk)
        if uses.open or links.status_of(link, uses) is links.LinkStatus.OPEN:
            report.kept["payment links that can still be paid (end them, then run it again)"] += 1
            return
        report.erased["buyers of payment links"] += 1
        if not dry_run:
            link.buyer, link.additional_data, link.description = {"id": subject.pseudonym}, {}, ""
            link.success_redirect_url = link.failure_redirect_url = ""
            link.save()


def _subscriptions_of(project: Project, subject: Subject) -> list[uuid.UUID]:
    rows = Subscription.objects.filter(project=project)
    if subject.email:
        email = subject.email.strip()
        rows = rows.filter(Q(buyer__email__iexact=email) | Q(additional_data__buyer__email__iexact=email))
    else:
        rows = rows.filter(Q(buyer__id=subject.buyer_id) | Q(additional_data__buyer__id=subject.buyer_id))
    return list(rows.order_by("id").values_list("id", flat=True))


def _erase_subscription(subscription_id: uuid.UUID, subject: Subject, report: Erasure, dry_run: bool) -> None:
    with db.durable():
        subscription = locks.subscription(subscription_id)
        if not subscription.has_ended:
            report.kept["buyers of subscriptions that still run (cancel them, then run it again)"] += 1
            return
        report.erased["buyers of subscriptions"] += 1
        if not dry_run:
            subscription.buyer, subscription.additional_data = {"id": subject.pseudonym}, {}
            subscription.description = subscription.success_redirect_url = subscription.failure_redirect_url = ""
            subscription.save()


def _erase_payment(payment_id: uuid.UUID, subject: Subject, report: Erasure, dry_run: bool) -> None:
    with db.durable():
        payment = locks.payment(payment_id)
        if _is_open(payment):
            report.open_payments += 1
            return
        report.payments += 1
        report.kept["amounts and states of payments (books)"] += 1
        _count(report, payment)
        for eraser in _erasers:
            erased, kept = eraser(payment, subject, dry_run)
            report.erased.update(erased)
            report.kept.update(kept)
        if not dry_run:
            _overwrite(payment, subject)


def _is_open(payment: Payment) -> bool:
    """Whether somebody may still need to know who pays: the customer's page, a capture, a question to the PSP."""
    waits = payment.captured == 0 and payment.claimed_shop_transaction_id is not None
    undecided = payment.attempts.filter(state__in=("READY", "OPEN", "PENDING", "UNKNOWN")).exists()
    return waits or payment.capturable > 0 or undecided


def _count(report: Erasure, payment: Payment) -> None:
    report.erased["buyers of payments"] += 1
    report.erased["requests and answers of providers"] += payment.attempts.exclude(exchanges=[]).count()
    report.erased["notes on refunds"] += payment.refunds.exclude(note="").count()
    report.erased["notifications of providers"] += payment.notifications.filter(state=InboxState.DONE).count()


def _overwrite(payment: Payment, subject: Subject) -> None:
    payment.buyer = {"id": subject.pseudonym}
    payment.additional_data = {}
    payment.saga_metadata = {}
    payment.description = ""
    payment.success_redirect_url = payment.failure_redirect_url = ""
    payment.save(
        update_fields=[
            "buyer",
            "additional_data",
            "saga_metadata",
            "description",
            "success_redirect_url",
            "failure_redirect_url",
        ]
    )
    rollups.mark(payment)  # its channel went with the rest
    payment.attempts.update(exchanges=[])
    payment.refunds.update(note="")
    for message in payment.notifications.filter(state=InboxState.DONE):
        message.body = sealed_body(message.id, b"")
        message.headers, message.query = {}, {}
        message.save(update_fields=["body", "headers", "query"])
