"""What a person decides: an attempt in doubt, with evidence; and that an operator item is dealt with."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from paymenthub.kernel import db
from paymenthub.kernel.errors import InvalidField, OperationInProgress, WrongState
from paymenthub.kernel.money import Money
from payments import locks
from payments.models import Attempt, AuditEntry, OperatorItem, Payment, Project, Source
from payments.services.ordering import By
from payments.services.refund import RefundCommand, refund
from payments.services.resolve import decide, resolve_item
from payments.verdicts.apply import Told, apply
from providers.errors import OutcomeUnknown
from providers.types import Outcome
from tests import factories, scripted
from tests.backoffice import acting
from tests.concurrency import race
from tests.scripted import Script

pytestmark = pytest.mark.django_db(transaction=True)
EVIDENCE = {"outcome": "succeeded", "note": "Seen in the PSP's dashboard, case 4711"}


@pytest.fixture
def shop(project: Project, script: Script) -> Project:
    factories.make_account(project)
    return project


@pytest.fixture
def doubt(shop: Project, script: Script) -> Attempt:
    """A refund of 5.00 of 12.99 EUR whose outcome nobody knows."""
    payment = acting.paid(shop, script)
    script.refund = [OutcomeUnknown("timeout")]
    refund(RefundCommand(payment, Money(500, "EUR")), By())
    return payment.attempts.get(kind="refund")


@pytest.fixture
def item(doubt: Attempt) -> OperatorItem:
    return OperatorItem.objects.create(
        project=doubt.project, payment=doubt.payment, kind="in_doubt", about=doubt.public_id, next_step="Ask the PSP."
    )


@pytest.fixture
def marta(db: None) -> Client:
    return acting.staff(*acting.ALL)


def sums(attempt: Attempt) -> tuple[int, int, int]:
    payment = Payment.objects.get(pk=attempt.payment_id)
    return payment.refunded_by_us, payment.refund_reserved, payment.refundable


@pytest.mark.parametrize(
    ("outcome", "state", "amounts"), [("succeeded", "SUCCEEDED", (500, 0, 799)), ("failed", "DECLINED", (0, 0, 1299))]
)
def test_a_refund_in_doubt_is_decided_by_a_person_with_evidence(
    doubt: Attempt, marta: Client, script: Script, outcome: str, state: str, amounts: tuple[int, int, int]
) -> None:
    shown = acting.result(marta, acting.send(marta, acting.decide_url(doubt), **EVIDENCE | {"outcome": outcome}))

    doubt.refresh_from_db()
    assert (doubt.state, sums(doubt)) == (state, amounts)
    assert shown.context["message"] == f"Recorded as {outcome}: Refund of 5.00 EUR."
    last = doubt.payment.transitions.order_by("-number").first()
    assert last is not None
    assert (last.source, last.actor, last.evidence) == ("operator", "marta", EVIDENCE["note"])
    assert script.count("refund") == 1


@pytest.mark.parametrize(
    ("method", "outcome", "state"),
    [("pay", "succeeded", "PAYMENT_EXECUTED"), ("pay", "failed", "PAYMENT_FAILED")],
)
def test_a_payment_in_doubt_is_decided(
    shop: Project, script: Script, marta: Client, method: str, outcome: str, state: str
) -> None:
    script.pay = [OutcomeUnknown("timeout")]
    payment = acting.pay(factories.pay_command(shop)).payment

    acting.send(marta, acting.decide_url(payment.attempts.get()), **EVIDENCE | {"outcome": outcome})

    payment.refresh_from_db()
    assert payment.state == state


@pytest.mark.parametrize("state", ["OPEN", "PENDING", "SUCCEEDED", "DECLINED", "REJECTED", "NOT_SENT", "READY"])
def test_nobody_decides_what_is_not_in_doubt(doubt: Attempt, marta: Client, state: str) -> None:
    Attempt.objects.filter(pk=doubt.pk).update(state=state)

    with pytest.raises(WrongState):
        decide(doubt, "succeeded", "I know", "marta")

    assert marta.get(acting.decide_url(doubt)).status_code == 409
    assert sums(doubt) == (0, 500, 799)


def test_nobody_decides_what_is_being_sent_again_at_this_moment(doubt: Attempt) -> None:
    with db.durable():
        assert locks.lease_attempt(doubt.id, seconds=60) is not None

    with pytest.raises(OperationInProgress):
        decide(doubt, "failed", "I know", "marta")

    assert sums(doubt) == (0, 500, 799)


@pytest.mark.parametrize("said", [Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.PENDING])
def test_a_word_of_the_psp_between_look_and_decision_wins(
    doubt: Attempt, monkeypatch: pytest.MonkeyPatch, said: Outcome
) -> None:
    """A person says «failed» while the PSP says «refunded»: taken as a reversal, it would free money that is gone."""
    real = apply

    def psp_first(**over: Any) -> Any:
        real(
            payment_id=doubt.payment_id,
            attempt_id=doubt.id,
            news=scripted.refund(said, 500),
            told=Told(Source.WEBHOOK, "evt"),
        )
        return real(**over)

    monkeypatch.setattr("payments.services.resolve.apply", psp_first)
    with pytest.raises(WrongState):
        decide(doubt, "succeeded" if said is Outcome.DECLINED else "failed", "I know", "marta")

    doubt.refresh_from_db()
    expected = {
        Outcome.SUCCEEDED: ("SUCCEEDED", (500, 0, 799)),
        Outcome.DECLINED: ("DECLINED", (0, 0, 1299)),
        Outcome.PENDING: ("PENDING", (0, 500, 799)),
    }
    assert (doubt.state, sums(doubt)) == expected[said]


def test_a_decision_that_came_too_late_is_written_down_as_refused(
    doubt: Attempt, marta: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = apply

    def psp_first(**over: Any) -> Any:
        news = scripted.refund(Outcome.SUCCEEDED, 500)
        real(payment_id=doubt.payment_id, attempt_id=doubt.id, news=news, told=Told(Source.WEBHOOK, "evt"))
        return real(**over)

    monkeypatch.setattr("payments.services.resolve.apply", psp_first)
    shown = acting.result(marta, acting.send(marta, acting.decide_url(doubt), **EVIDENCE | {"outcome": "failed"}))

    assert (shown.context["heading"], sums(doubt)) == ("Refused: nothing was done", (500, 0, 799))
    assert list(AuditEntry.objects.order_by("id").values_list("outcome", flat=True)) == ["asked", "refused"]


def test_two_decisions_at_the_same_moment_are_one(doubt: Attempt, marta: Client) -> None:
    url = acting.decide_url(doubt)
    token, paul = acting.token_of(marta, url), acting.staff(*acting.ALL, name="paul")
    other = acting.token_of(paul, url)

    answers = race.together(
        lambda: acting.send(marta, url, token, **EVIDENCE),
        lambda: acting.send(paul, url, other, **EVIDENCE | {"outcome": "failed"}),
    )

    assert race.errors_in(answers) == []
    assert len({answer.headers["Location"].partition("?")[0] for answer in answers}) == 1
    doubt.refresh_from_db()
    assert sums(doubt) == ((500, 0, 799) if doubt.state == "SUCCEEDED" else (0, 0, 1299))
    assert AuditEntry.objects.exclude(outcome="asked").count() == 1


@pytest.mark.parametrize(("outcome", "evidence"), [("maybe", "I know"), ("succeeded", "  ")])
def test_a_decision_needs_an_outcome_and_evidence(doubt: Attempt, outcome: str, evidence: str) -> None:
    with pytest.raises(InvalidField):
        decide(doubt, outcome, evidence, "marta")


def test_an_item_is_resolved_once_and_then_read_only(item: OperatorItem, marta: Client) -> None:
    url = reverse("admin:payments_operatoritem_resolve", args=[item.pk])
    page = reverse("admin:payments_operatoritem_change", args=[item.pk])
    assert url in marta.get(page).content.decode()

    shown = acting.result(marta, acting.send(marta, url, note="Called the PSP: it was refunded."))

    item.refresh_from_db()
    assert (item.resolved_by, item.resolution) == ("marta", "Called the PSP: it was refunded.")
    assert (shown.context["heading"], shown.context["message"]) == ("Done", "Resolved: in doubt.")
    assert (marta.get(url).status_code, url in marta.get(page).content.decode()) == (409, False)
    with pytest.raises(WrongState, match="marta has resolved this before"):
        resolve_item(item, "paul", "Me too")
    entry = AuditEntry.objects.get(outcome="ok")
    assert (entry.item, entry.action, entry.note) == (item, "resolve", "Called the PSP: it was refunded.")


def test_two_people_resolve_one_item_at_the_same_moment_and_one_of_them_did(item: OperatorItem, marta: Client) -> None:
    results = race.together(*(lambda name=name: resolve_item(item_again(item), name, "Done") for name in ("a", "b")))

    (error,) = race.errors_in(results)
    assert isinstance(error, WrongState)


def item_again(item: OperatorItem) -> OperatorItem:
    return OperatorItem.objects.get(pk=item.pk)


def test_an_open_item_offers_what_its_payment_allows_and_links_to_it(
    item: OperatorItem, doubt: Attempt, marta: Client
) -> None:
    page = marta.get(reverse("admin:payments_operatoritem_change", args=[item.pk]))

    assert [action["verb"] for action in page.context["actions"]] == [
        "Refund",
        "Check now",
        "Decide the outcome",
        "Resolve",
        "Open the payment",
    ]
    assert acting.page_url(doubt.payment) in page.content.decode()


def test_the_queue_shows_what_is_open_and_on_request_what_was_resolved(item: OperatorItem, marta: Client) -> None:
    done = OperatorItem.objects.create(project=item.project, kind="unmatched", about="evt_1", next_step="Compare.")
    resolve_item(done, "paul", "Compared")
    url = reverse("admin:payments_operatoritem_changelist")

    every = marta.get(url, {"standing": "all"})
    only_open = marta.get(url)
    by_kind = marta.get(url, {"kind__exact": "unmatched", "standing": "resolved"})

    assert [row.kind for row in every.context["cl"].result_list] == ["in_doubt", "unmatched"]
    assert [row.kind for row in only_open.context["cl"].result_list] == ["in_doubt"]
    assert [row.kind for row in by_kind.context["cl"].result_list] == ["unmatched"]
    text = only_open.content.decode()
    assert item.payment is not None
    assert "0\xa0minutes" in text
    assert (acting.page_url(item.payment) in text, "Ask the PSP." in text) == (True, True)
