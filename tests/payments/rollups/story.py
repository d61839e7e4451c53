"""Payments that are made by the services themselves, at a moment that the test names."""

import datetime as dt
import itertools
from collections import Counter
from typing import Any

from paymenthub.kernel import clock, ids
from paymenthub.kernel.money import Money
from payments.domain.rollup import Facet
from payments.models import Payment, Project, Rollup, Source
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.refund import RefundCommand, refund
from payments.verdicts import external
from payments.verdicts.apply import Told, apply
from providers.types import Outcome, Reference, Subject, Verdict
from tests import factories, scripted
from tests.scripted import Script

_numbers = itertools.count(1)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def paying(
    project: Project,
    script: Script,
    when: str,
    amount: int,
    *,
    currency: str = "EUR",
    outcome: Outcome = Outcome.SUCCEEDED,
    **over: Any,
) -> Payment:
    """Pay at a moment; the PSP says `outcome`."""
    script.pay = [scripted.payment(outcome, id=f"psp_{next(_numbers)}", amount=amount, currency=currency)]
    with clock.frozen(at(when)):
        return pay(factories.pay_command(project, money=Money(amount, currency), **over)).payment


def succeeding(payment: Payment, when: str) -> None:
    """Let the PSP say yes to a try that it had not decided, or had declined."""
    attempt = payment.attempts.get()
    reference = attempt.references.get().value
    said = scripted.payment(Outcome.SUCCEEDED, id=reference, amount=payment.amount, currency=payment.currency)
    with clock.frozen(at(when)):
        apply(payment_id=payment.id, attempt_id=attempt.id, news=said, told=Told(source=Source.WEBHOOK))


def refunding(payment: Payment, script: Script, when: str, amount: int) -> None:
    """Give something back at a moment."""

    def yes(call: Any, request: Any) -> Verdict:
        references = (Reference("refund", f"ref_{next(_numbers)}"),)
        return Verdict(Subject.REFUND, Outcome.SUCCEEDED, request.money, references=references)

    script.refund = [yes]
    with clock.frozen(at(when)):
        command = RefundCommand(
            Payment.objects.get(pk=payment.pk), Money(amount, payment.currency), batch_id=ids.random_token()
        )
        refund(command, By())


def charged_back(payment: Payment, when: str, *, won: bool = False) -> None:
    """Let the customer's bank take all of it back, or give it back again."""
    said = Verdict(
        Subject.CHARGEBACK,
        Outcome.REVERSED if won else Outcome.SUCCEEDED,
        Money(payment.amount, payment.currency),
        references=(Reference("dispute", f"dp_{payment.id.hex}"),),
    )
    with clock.frozen(at(when)):
        external.record(payment_id=payment.id, verdict=said, told=Told(source=Source.WEBHOOK))


def told(project: Project, on: str, facet: Facet = Facet.STATE, *, currency: str = "EUR") -> dict[str, Rollup]:
    """Return what is told of a day, by key (and word)."""
    rows = Rollup.objects.filter(project=project, day=day(on), facet=facet, currency=currency)
    return {":".join(filter(None, (row.key, row.word))): row for row in rows}


def counted(project: Project, on: str, facet: Facet, *, currency: str = "EUR") -> dict[str, int]:
    return Counter({key: row.counted for key, row in told(project, on, facet, currency=currency).items()})
