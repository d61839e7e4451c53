"""Whatever happens to payments, in whatever order, the rollups end up as the payments are."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paymenthub.kernel import clock
from paymenthub.kernel.errors import HubError
from payments.domain.rollup import Facet
from payments.models import Payment, Project, Rollup
from payments.services import rollups
from payments.services.prove_rollups import prove_rollups
from providers.types import Outcome
from tests import factories

from .story import at, charged_back, paying, refunding, succeeding

pytestmark = pytest.mark.django_db

BEGIN = at("2026-02-27T20:00")
OUTCOMES = [Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.PENDING]
STEPS = st.one_of(
    st.tuples(
        st.just("pay"), st.sampled_from(OUTCOMES), st.sampled_from(["EUR", "JPY", "KWD"]), st.integers(1, 10**15)
    ),
    st.tuples(st.just("refund"), st.integers(0, 9), st.integers(1, 10**6)),
    st.tuples(st.just("succeed"), st.integers(0, 9)),
    st.tuples(st.just("dispute"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("wait"), st.integers(1, 30)),
    st.tuples(st.just("refresh")),
)


class Story:
    def __init__(self, project: Project, script: Any) -> None:
        self.project, self.script, self.now = project, script, BEGIN
        self.payments: list[Payment] = []

    def when(self) -> str:
        return self.now.replace(tzinfo=None).isoformat()

    def take(self, what: str, *how: Any) -> None:
        self.now += dt.timedelta(minutes=7)
        if what == "pay":
            outcome, currency, amount = how
            more = {"additional_data": {"channel": ["web", "app"][amount % 2]}} if amount % 3 else {}
            new = paying(self.project, self.script, self.when(), amount, currency=currency, outcome=outcome, **more)
            self.payments.append(new)
        elif what == "wait":
            self.now += dt.timedelta(hours=how[0])
        elif what == "refresh":
            with clock.frozen(self.now):
                rollups.refresh()
        elif self.payments:
            self._change(what, self.payments[how[0] % len(self.payments)], *how[1:])

    def _change(self, what: str, payment: Payment, *how: Any) -> None:
        payment.refresh_from_db()
        try:
            if what == "refund":
                refunding(payment, self.script, self.when(), min(how[0], max(1, payment.refundable)))
            elif what == "succeed" and not payment.captured:
                succeeding(payment, self.when())
            elif what == "dispute" and payment.captured:
                charged_back(payment, self.when(), won=how[0])
        except HubError:
            return  # it may not be done now: then nothing has changed


def truth() -> Counter[tuple[Any, ...]]:
    """Add the payments up one by one, without the statement that is tried here."""
    found: Counter[tuple[Any, ...]] = Counter()
    for payment in Payment.objects.prefetch_related("movements"):
        at = (payment.created_at.date(), payment.currency)
        refunded = payment.refunded_by_us + payment.refunded_elsewhere
        keys = {
            Facet.STATE: str(payment.business_state),
            Facet.CHANNEL: payment.additional_data.get("channel", "unknown"),
            Facet.METHOD: payment.method,
        }
        values = {
            "counted": 1,
            "paid": int(payment.business_state in (1, 2)),
            "paid_amount": payment.captured if payment.business_state in (1, 2) else 0,
            "captured": payment.captured,
            "refunded": refunded,
            "refunds": int(refunded > 0),
            "charged_back": payment.charged_back,
            "disputes": int(any(row.kind == "charged_back" for row in payment.movements.all())),
            "taken": int(payment.captured > 0),
        }
        for facet, key in keys.items():
            for name, value in values.items():
                found[*at, facet, key, name] += value
    return +found + Counter({key: value for key, value in found.items() if value < 0})


def told() -> Counter[tuple[Any, ...]]:
    names = ("counted", "paid", "paid_amount", "captured", "refunded", "refunds", "charged_back", "disputes", "taken")
    found: Counter[tuple[Any, ...]] = Counter()
    for row in Rollup.objects.filter(facet__in=[Facet.STATE, Facet.CHANNEL, Facet.METHOD]):
        for name in names:
            if int(getattr(row, name)):
                found[row.day, row.currency, Facet(row.facet), row.key, name] = int(getattr(row, name))
    return found


@given(steps=st.lists(STEPS, min_size=3, max_size=14))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_rollups_end_up_as_the_payments_are(db, script, steps):
    project = factories.make_project()
    factories.make_account(project)
    Rollup.objects.all().delete()
    Payment.objects.exclude(project=project).update(created_at=BEGIN - dt.timedelta(days=900))
    story = Story(project, script)
    for step in steps:
        story.take(*step)
    with clock.frozen(story.now):
        rollups.refresh()
        missed = {key for key, value in truth().items() if key[0] >= BEGIN.date() and told()[key] != value}
        assert not missed
    with clock.frozen(story.now + dt.timedelta(days=3)):
        rollups.refresh()
        assert prove_rollups(days=40) == 0
