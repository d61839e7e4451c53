"""The ledger proof: silent about whatever the hub does itself, loud about every row that somebody changed behind it."""

import json
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from paymenthub.kernel import clock
from paymenthub.kernel.errors import ProviderUnavailable
from paymenthub.kernel.money import Money
from payments.metrics import backlog
from payments.models import Attempt, CaptureMode, OperatorItem, Payment, Project, Refund, Source
from payments.selectors import ledger
from payments.services import prove_ledger as service
from payments.services.cancel import cancel
from payments.services.capture import CaptureCommand, capture
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.prove_ledger import prove_ledger
from payments.services.refund import RefundCommand, refund
from payments.services.resolve import resolve_item
from payments.tasks import ledger as task
from payments.verdicts import external
from payments.verdicts.apply import Told, apply
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import Outcome, Reference, Subject, Verdict
from tests import factories, scripted
from tests.scripted import payment

pytestmark = pytest.mark.django_db(transaction=True)
APPEND_ONLY = ("payments_movement", "payments_transition")
BY_HOOK = Told(Source.WEBHOOK, "evt")


def tamper(*statements: str) -> None:
    """Change rows as nobody but the owner of the database can."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in APPEND_ONLY:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        for statement in statements:
            cursor.execute(statement)
            assert cursor.rowcount > 0, statement
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no check may wait when a table is altered
        for table in APPEND_ONLY:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only")


def give_back(row: Payment, amount: int, answer) -> None:
    script = scripted.Script.current
    assert script is not None
    script.refund = [answer]
    refund(RefundCommand(row, Money(amount, "EUR")), By())


def happens(row: Payment, subject: Subject, outcome: Outcome, amount: int, id: str) -> None:
    """The PSP tells of something that nobody asked for here."""
    verdict = Verdict(subject, outcome, Money(amount, "EUR"), references=(Reference(subject.value, id),))
    external.record(payment_id=row.id, verdict=verdict, told=BY_HOOK)


def found() -> list[ledger.Finding]:
    return [finding for portion in ledger.walk() for finding in portion.findings]


def gauge() -> int:
    return next(count for what, _, count, _ in backlog.read(connection) if what == "ledger_imbalance_minor")


@pytest.fixture
def paid(project, account, script) -> Payment:
    """1299 EUR cents, captured at once."""
    script.pay = [payment(Outcome.SUCCEEDED)]
    return pay(factories.pay_command(project)).payment


@pytest.fixture
def story(paid) -> Payment:
    """Of the 1299: 500 refunded, 300 being refunded, 50 refunded at the PSP."""
    give_back(paid, 500, scripted.refund(Outcome.SUCCEEDED, 500, id="ref_1"))
    give_back(paid, 300, scripted.refund(Outcome.PENDING, 300, id="ref_2"))
    happens(paid, Subject.REFUND, Outcome.SUCCEEDED, 50, "ref_x")
    return paid


# --- what the hub does itself


def test_a_story_of_refunds_and_chargebacks_is_right_at_every_step(story, script):
    steps = [found()]
    first = Attempt.objects.get(kind="refund", amount=500)
    second = Attempt.objects.get(kind="refund", amount=300)
    news = [
        (second, scripted.refund(Outcome.DECLINED, 300, id="ref_2")),
        (second, scripted.refund(Outcome.SUCCEEDED, 300, id="ref_2")),  # late
        (first, scripted.refund(Outcome.REVERSED, 500, id="ref_1")),
    ]
    for attempt, verdict in news:
        apply(payment_id=story.id, attempt_id=attempt.id, news=verdict, told=BY_HOOK)
        steps.append(found())
    for outcome in (Outcome.SUCCEEDED, Outcome.REVERSED):
        happens(story, Subject.CHARGEBACK, outcome, 400, "cb_1")
        steps.append(found())
    script.refund = [Unavailable("refused")]
    with clock.advanced(61), pytest.raises(ProviderUnavailable):
        refund(RefundCommand(story, Money(100, "EUR")), By())
    steps.append(found())
    story.refresh_from_db()
    assert (story.refunded_by_us + story.refunded_elsewhere, story.charged_back) == (350, 0)
    assert sorted(Refund.objects.values_list("state", flat=True)) == ["failed", "reversed", "succeeded"]
    assert steps == [[]] * 7


@pytest.mark.parametrize(
    "answer",
    [
        payment(Outcome.ACTION_REQUIRED),
        payment(Outcome.DECLINED),
        OutcomeUnknown("timeout"),
        payment(Outcome.SUCCEEDED),
    ],
)
def test_a_payment_is_right_whatever_the_psp_says(project, account, script, answer):
    script.pay = [answer]
    pay(factories.pay_command(project))
    assert found() == []


def test_held_money_is_right_when_it_is_taken_in_parts_and_the_rest_is_let_go(project, account, script):
    script.pay = [payment(Outcome.AUTHORIZED)]
    held = pay(factories.pay_command(project, capture_mode=CaptureMode.MANUAL)).payment
    script.capture = [scripted.capture(Outcome.SUCCEEDED, 500), scripted.capture(Outcome.SUCCEEDED, 300, id="cap_2")]
    steps = [found()]
    capture(CaptureCommand(held, 500, final=False), By())
    steps.append(found())
    capture(CaptureCommand(held, 300, final=True), By())
    steps.append(found())
    held.refresh_from_db()
    assert (held.authorized, held.captured, steps) == (800, 800, [[]] * 3)


def test_held_money_is_right_when_it_is_cancelled(project, account, script):
    script.pay = [payment(Outcome.AUTHORIZED)]
    held = pay(factories.pay_command(project, capture_mode=CaptureMode.MANUAL)).payment
    script.cancel = [Verdict(Subject.CANCEL, Outcome.SUCCEEDED, Money(1299, "EUR"))]
    cancel(held, By())
    held.refresh_from_db()
    assert (held.authorized, found()) == (0, [])


# --- what somebody changed behind it

ONE = "UPDATE payments_payment SET"
PAY_EVIDENCE = "(SELECT 'attempt:' || replace(id::text, '-', '') FROM payments_attempt WHERE kind = 'pay')"
FORGED = (
    "INSERT INTO payments_movement (id, created_at, project_id, payment_id, kind, amount, currency, evidence, occurred_at)"
    " SELECT gen_random_uuid(), now(), project_id, id, '{kind}', {amount}, 'EUR', {evidence}, now() FROM payments_payment"
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([f"{ONE} authorized = 1300"], [("authorized", 1299, 1300, 1)]),
        ([f"{ONE} captured = 1400"], [("captured", 1299, 1400, 101)]),
        ([f"{ONE} refunded_by_us = 400"], [("refunded", 550, 450, -100)]),
        ([f"{ONE} refunded_by_us = 550, refunded_elsewhere = 0"], [("refunded_by_us", 500, 550, 50)]),
        ([f"{ONE} refunded_by_us = 0, refunded_elsewhere = 550"], [("refunded_elsewhere", 50, 550, 500)]),
        ([f"{ONE} charged_back = 7"], [("charged_back", 0, 7, 7)]),
        ([f"{ONE} refund_reserved = 0"], [("refund_reserved", 300, 0, -300)]),
        (
            ["UPDATE payments_refund SET state = 'failed' WHERE amount = 300", f"{ONE} refund_reserved = 0"],
            [("refund_state", "open", "failed", 300)],
        ),
        (
            ["UPDATE payments_refund SET state = 'failed' WHERE amount = 500"],
            [("refund_moved", 0, 500, 500), ("refund_state", "succeeded", "failed", 500)],
        ),
        (["UPDATE payments_refund SET state = 'reversed' WHERE amount = 500"], [("refund_moved", 0, 500, 500)]),
        (
            ["UPDATE payments_attempt SET state = 'DECLINED' WHERE amount = 500"],
            [("attempt_refunded", 0, 500, 500), ("refund_state", "failed", "succeeded", 500)],
        ),
        (
            ["DELETE FROM payments_movement WHERE kind = 'refunded'"],
            [("refund_moved", 500, 0, -500), ("refunded", 50, 550, 500)],
        ),
        (
            ["DELETE FROM payments_movement WHERE kind = 'captured'"],
            [("attempt_captured", 1299, 0, -1299), ("captured", 0, 1299, 1299)],
        ),
        (
            ["UPDATE payments_movement SET amount = 1298 WHERE kind = 'authorized'"],
            [("attempt_authorized", 1299, 1298, -1), ("authorized", 1298, 1299, 1)],
        ),
        (
            ["UPDATE payments_attempt SET state = 'DECLINED' WHERE kind = 'pay'"],
            [("attempt_authorized", 0, 1299, 1299), ("attempt_captured", 0, 1299, 1299)],
        ),
        (
            [
                FORGED.format(kind="released", amount=-9, evidence=PAY_EVIDENCE),
                f"{ONE} authorized = 1290",
            ],
            [("attempt_released", 0, 9, 9)],
        ),
        (
            [FORGED.format(kind="captured", amount=9, evidence="'attempt:nobody'"), f"{ONE} captured = 1308"],
            [("movement_without_attempt", 0, 9, 9)],
        ),
        (["UPDATE payments_movement SET currency = 'USD' WHERE kind = 'refunded'"], [("currency", "EUR", "USD", 500)]),
        (["UPDATE payments_attempt SET currency = 'USD' WHERE kind = 'pay'"], [("currency", "EUR", "USD", 1299)]),
        (["UPDATE payments_refund SET currency = 'USD' WHERE amount = 300"], [("currency", "EUR", "USD", 300)]),
        (["DELETE FROM payments_transition WHERE number = 2"], [("transition_numbers", 8, 7, 0)]),
        (["DELETE FROM payments_transition"], [("transition_numbers", 1, 0, 0)]),
        (["UPDATE payments_transition SET number = 0 WHERE number = 8"], [("transition_numbers", 7, 8, 0)]),
        (["DELETE FROM payments_outboxevent WHERE sequence = 1"], [("event_numbers", 3, 2, 0)]),
        (["DELETE FROM payments_outboxevent WHERE sequence = 3"], [("event_sequence", 2, 3, 0)]),
        ([f"{ONE} sequence = 9"], [("event_sequence", 3, 9, 0)]),
    ],
)
def test_each_kind_of_imbalance_is_found_and_nothing_else(story, changes, expected):
    assert found() == []
    tamper(*changes)
    findings = found()
    assert [(each.what, each.expected, each.found, each.difference) for each in findings] == expected
    assert {(each.payment_id, each.currency) for each in findings} == {(story.id, "EUR")}


def test_a_finding_names_the_row_it_is_about(story):
    tamper("UPDATE payments_refund SET state = 'failed' WHERE amount = 500")
    row = Refund.objects.get(amount=500)
    assert [each.about for each in found()] == [row.public_id] * 2
    assert found()[0].key == f"{story.public_id}:refund_moved:{row.public_id}"


# --- portions


def many(project: Project, script, count: int) -> list[Payment]:
    rows = []
    for number in range(count):
        script.pay = [payment(Outcome.SUCCEEDED, id=f"psp_{number}")]
        rows.append(pay(factories.pay_command(project)).payment)
    return rows


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_every_payment_is_compared_once_however_small_the_portions(project, account, script, size):
    rows = many(project, script, 5)
    tamper(f"{ONE} captured = captured + 1")
    portions = list(ledger.walk(size=size))
    assert sum(portion.payments for portion in portions) == 5
    assert [each.payment_id for portion in portions for each in portion.findings] == [row.id for row in rows]
    assert max(portion.payments for portion in portions) <= size


def test_a_portion_costs_one_statement_whatever_it_holds(project, account, script, django_assert_num_queries):
    rows = many(project, script, 4)
    with django_assert_num_queries(1):
        ledger.find([row.id for row in rows])
    with django_assert_num_queries(0):
        ledger.find([])


def test_since_leaves_out_what_did_not_change(project, account, script):
    old, new = many(project, script, 2)
    tamper(f"{ONE} charged_back = 1", f"{ONE} updated_at = now() - interval '3 hours' WHERE id = '{old.id}'")
    hour_ago = clock.now() - task._OVERLAP
    assert [
        (portion.payments, [f.payment_id for f in portion.findings]) for portion in ledger.walk(since=hour_ago)
    ] == [(1, [new.id])]


# --- the beat job


def test_a_finding_becomes_one_item_and_moves_the_gauge(story, caplog):
    assert (gauge(), prove_ledger().is_right, OperatorItem.objects.filter(kind="ledger_imbalance").count()) == (
        0,
        True,
        0,
    )
    tamper(f"{ONE} captured = 1400, charged_back = -7")

    proofs = [prove_ledger(), prove_ledger()]

    assert [(proof.payments, proof.findings, proof.closed) for proof in proofs] == [(1, 2, 0)] * 2
    items = OperatorItem.objects.filter(kind="ledger_imbalance").order_by("about")
    assert [item.about for item in items] == [f"{story.public_id}:captured", f"{story.public_id}:charged_back"]
    assert items[0].evidence == {
        "what": "captured",
        "about": "",
        "expected": 1299,
        "found": 1400,
        "difference": 101,
        "currency": "EUR",
    }
    assert (items[0].payment_id, items[0].project_id) == (story.id, story.project_id)
    assert gauge() == 108
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [(record.getMessage(), record.count) for record in errors] == [("the ledger is out of balance", 2)] * 2


def test_what_grows_worse_is_told_in_the_same_item_and_what_is_mended_is_closed_even_unseen(story):
    tamper(f"{ONE} captured = 1400")
    prove_ledger()
    tamper(f"{ONE} captured = 1500")
    prove_ledger(since=clock.now() + task._OVERLAP)
    grown = gauge()
    tamper(f"{ONE} captured = 1299")

    proof = prove_ledger(since=clock.now() + task._OVERLAP)

    item = OperatorItem.objects.get(kind="ledger_imbalance")
    assert (grown, gauge(), proof.payments, proof.closed) == (201, 0, 0, 1)
    assert (item.resolved_by, item.resolution) == ("ledger_proof", "The ledger is right here again.")


def test_an_item_that_a_person_closed_without_mending_comes_back(story):
    tamper(f"{ONE} captured = 1400")
    prove_ledger()
    resolve_item(OperatorItem.objects.get(kind="ledger_imbalance"), "ann", "looked at")
    assert gauge() == 0

    prove_ledger()

    assert (gauge(), OperatorItem.objects.filter(kind="ledger_imbalance").count()) == (101, 2)


def test_a_ruin_makes_a_bounded_number_of_items(project, account, script, monkeypatch):
    monkeypatch.setattr(service, "MOST_ITEMS", 3)
    many(project, script, 5)
    tamper(f"{ONE} captured = captured + 1")
    assert (prove_ledger().findings, OperatorItem.objects.count()) == (5, 3)


def test_beat_proves_everything_once_a_day_and_what_changed_each_hour(db, monkeypatch):
    asked = []
    monkeypatch.setattr(task, "prove_ledger", lambda *, since: asked.append(since and clock.now() - since))
    start = (86400 - clock.now().timestamp() % 86400) + 60  # a minute past midnight
    for hours in (0, 0, 1, 2, 24):
        with clock.advanced(start + hours * task.HOUR):
            task.prove()
    assert [gap is None for gap in asked] == [True, False, False, True]
    assert asked[1].total_seconds() == pytest.approx(7200, abs=5)


# --- the command


def run(*args: str) -> tuple[str, str]:
    out = StringIO()
    try:
        call_command("ledger_proof", *args, stdout=out, stderr=StringIO())
    except CommandError as error:
        return out.getvalue(), f"{error!s} Exit code {error.returncode}."
    return out.getvalue(), ""


def test_the_command_says_that_all_is_right(story):
    assert run() == ("The ledger is right: 1 payments compared, nothing found.\n", "")
    assert json.loads(run("--json")[0]) == {"findings": [], "payments": 1, "right": True}


def test_the_command_shows_what_is_wrong_and_what_to_do_and_writes_nothing(story):
    tamper(f"{ONE} captured = 1400, charged_back = 7")

    table, trouble = run()

    lines = [line.split() for line in table.splitlines()]
    assert lines == [
        ["payment", "what", "expected", "found", "difference", "about"],
        [story.public_id, "captured", "1299", "1400", "101", "EUR"],
        [story.public_id, "charged_back", "0", "7", "7", "EUR"],
    ]
    assert trouble.startswith("2 findings in 1 payments. Next: compare the movements of each payment with its provider")
    assert trouble.endswith("Exit code 1.")
    assert not OperatorItem.objects.filter(kind="ledger_imbalance").exists()


def test_the_command_tells_programs_in_json(story):
    tamper(f"{ONE} captured = 1400, charged_back = 7")
    told = json.loads(run("--json")[0])
    assert (told["payments"], told["right"], len(told["findings"])) == (1, False, 2)
    assert told["findings"][0] == {
        "payment": story.public_id,
        "what": "captured",
        "about": "",
        "expected": 1299,
        "found": 1400,
        "difference": 101,
        "currency": "EUR",
    }


def test_the_command_looks_at_one_payment_or_at_those_of_late(project, account, script):
    wrong, right = many(project, script, 2)
    tamper(
        f"{ONE} captured = 1400 WHERE id = '{wrong.id}'",
        f"{ONE} updated_at = '2020-02-02T12:00Z' WHERE id = '{wrong.id}'",
    )
    assert run("--payment", right.public_id)[1] == ""
    assert run("--payment", str(wrong.id))[1].startswith("1 findings in 1 payments")
    for time, compared in (
        ("2020-02-02", 2),
        ("2020-02-02T12:00", 2),
        ("2020-02-02T13:00+01:00", 2),
        ("2020-02-03", 1),
    ):
        assert json.loads(run("--since", time, "--json")[0])["payments"] == compared


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--payment", "order-7"), "--payment takes our id"),
        (("--payment", f"pay_{uuid.UUID(int=7).hex}"), "There is no payment"),
        (("--since", "yesterday"), "--since must be a time"),
        (("--since", "2027-13-45"), "--since must be a time"),
    ],
)
def test_the_command_says_how_to_ask_it(db, args, says):
    assert run(*args)[1].startswith(says)
