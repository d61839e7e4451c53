"""What one pay costs the database: every statement by name, every round trip, and nothing held while the PSP works.

The numbers are exact on purpose. Whoever makes them smaller changes them here; whoever makes them larger says why.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.db.backends.signals import connection_created
from django.test.utils import CaptureQueriesContext

from paymenthub.kernel import db
from payments.models import Payment
from payments.services.pay import pay
from providers.errors import OutcomeUnknown
from providers.types import Outcome
from tests import factories
from tests.scripted import payment

pytestmark = pytest.mark.django_db(transaction=True)

T1 = [
    "SELECT payments_provideraccount",  # which account: outside the transaction, so that a refusal costs no BEGIN
    "BEGIN",
    "INSERT payments_payment",
    "INSERT payments_attempt",
    "INSERT payments_transition",  # two rows: created, and PAYMENT_SCHEDULE_REQUESTED
    "COMMIT",
]
LOCK_AND_LOOK = [
    "BEGIN",
    "SELECT payments_payment",  # FOR UPDATE
    "SELECT payments_attempt",  # has someone decided it meanwhile?
]
T2_PAID = [
    *LOCK_AND_LOOK,
    "SELECT payments_pspreference",  # does the PSP's id name another payment?
    "SELECT payments_movement",  # was «authorized» counted before?
    "SELECT payments_movement",  # was «captured» counted before?
    "SELECT payments_transition",  # the last number
    "UPDATE payments_attempt",
    "INSERT payments_pspreference",
    "INSERT payments_movement",  # two rows: authorized, captured
    "INSERT payments_transition",  # one row: PAYMENT_EXECUTED
    "INSERT payments_sagacommand",  # one row: the state's side effect, a mail to the customer
    "INSERT payments_outboxevent",  # one row: the callback
    "UPDATE payments_payment",
    "COMMIT",
]
T2_REDIRECT = [
    *LOCK_AND_LOOK,
    "SELECT payments_pspreference",
    "SELECT payments_transition",
    "UPDATE payments_attempt",
    "INSERT payments_pspreference",
    "INSERT payments_transition",  # one row: PAYMENT_PENDING
    "UPDATE payments_payment",
    "COMMIT",
]
T2_DECLINED = [
    *LOCK_AND_LOOK,
    "SELECT payments_pspreference",
    "SELECT payments_transition",
    "UPDATE payments_attempt",
    "INSERT payments_pspreference",
    "INSERT payments_transition",  # one row: PAYMENT_FAILED
    "INSERT payments_sagacommand",  # one row: the state's side effect, a mail to the customer
    "INSERT payments_outboxevent",
    "UPDATE payments_payment",
    "COMMIT",
]
T2_UNKNOWN = [
    *LOCK_AND_LOOK,
    "UPDATE payments_attempt",  # UNKNOWN, and when the PSP is asked
    "UPDATE payments_payment",  # nothing in it changed but updated_at
    "COMMIT",
]


@dataclass
class Seen:
    """What was sent to the database before the PSP was called and after it."""

    before_call: list[str] = field(default_factory=list)
    after_call: list[str] = field(default_factory=list)


def short(sql: str) -> str:
    """`INSERT INTO "payments_payment" …` as `INSERT payments_payment`."""
    verb = sql.split(None, 1)[0]
    tables = [part for part in sql.split('"') if part.startswith("payments_")]
    return f"{verb} {tables[0]}" if tables else verb


def watch_pay(project, script, answer) -> Seen:
    seen = Seen()
    with CaptureQueriesContext(connection) as captured:

        def psp(*_):
            seen.before_call = [short(query["sql"]) for query in captured.captured_queries]
            if isinstance(answer, Exception):
                raise answer
            return answer

        script.pay = [psp]
        pay(factories.pay_command(project))
    seen.after_call = [short(query["sql"]) for query in captured.captured_queries][len(seen.before_call) :]
    return seen


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (payment(Outcome.SUCCEEDED), T2_PAID),
        (payment(Outcome.ACTION_REQUIRED), T2_REDIRECT),
        (payment(Outcome.DECLINED), T2_DECLINED),
        (OutcomeUnknown("read timeout"), T2_UNKNOWN),
    ],
    ids=["paid", "redirect", "declined", "unknown"],
)
def test_a_pay_sends_exactly_these_statements(project, account, script, answer, expected):
    seen = watch_pay(project, script, answer)

    assert seen.before_call == T1
    assert seen.after_call == expected


@pytest.fixture
def round_trips(tmp_path: Path) -> Iterator[Callable[[], int]]:
    """Count what libpq itself saw: each `ReadyForQuery` of the server ends one round trip."""
    trace = (tmp_path / "libpq.trace").open("wb")

    def begin(*, connection, **_) -> None:
        connection.connection.pgconn.trace(trace.fileno())

    connection.ensure_connection()
    begin(connection=connection)
    connection_created.connect(begin)
    yield lambda: sum("\tReadyForQuery" in line for line in Path(trace.name).read_text().splitlines())
    connection_created.disconnect(begin)
    connection.close()
    trace.close()


def test_a_paid_payment_takes_twenty_one_round_trips(project, account, script, round_trips):
    script.pay = [payment(Outcome.SUCCEEDED)]
    before = round_trips()

    pay(factories.pay_command(project))
    connection.close()  # makes libpq write the rest of its trace

    # One for the account, 5 in T1, 14 in T2; BEGIN and COMMIT are round trips of their own.
    assert round_trips() - before == 21


@pytest.fixture
def pooled(account) -> Iterator[None]:
    """The pool of DATABASE_POOL_SIZE, with two connections."""
    options, age = connection.settings_dict["OPTIONS"], connection.settings_dict["CONN_MAX_AGE"]
    connection.close()
    connection.settings_dict["OPTIONS"] = {**options, "pool": {"min_size": 2, "max_size": 2, "timeout": 10}}
    connection.settings_dict["CONN_MAX_AGE"] = 0
    connection.pool.open(wait=True, timeout=10)
    yield
    connection.close()
    connection.close_pool()
    connection.settings_dict["OPTIONS"], connection.settings_dict["CONN_MAX_AGE"] = options, age


def open_transactions() -> int:
    """Count transactions open in this database, as another session sees them."""
    options = {name: value for name, value in connection.get_connection_params().items() if name in PLAIN}
    with psycopg.connect(**options, autocommit=True) as other:
        row = other.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
        ).fetchone()
    assert row is not None
    return row[0]


PLAIN = {"dbname", "user", "password", "host", "port"}


def test_while_the_psp_works_no_transaction_is_open(project, account, script):
    seen = []

    def psp(*_):
        seen.append((db.in_transaction(), open_transactions()))
        return payment(Outcome.SUCCEEDED)

    script.pay = [psp]
    pay(factories.pay_command(project))

    assert seen == [(False, 0)]


def test_with_a_pool_the_connection_lies_in_it_while_the_psp_works(project, script, pooled):
    seen = []

    def psp(*_):
        stats = connection.pool.get_stats()
        seen.append((stats["pool_available"], stats["pool_size"], open_transactions()))
        return payment(Outcome.SUCCEEDED)

    script.pay = [psp]
    before = connection.pool.get_stats()["connections_num"]
    pay(factories.pay_command(project))

    assert seen == [(2, 2, 0)]
    assert Payment.objects.get().captured == 1299
    assert connection.pool.get_stats()["connections_num"] == before  # none was made anew
