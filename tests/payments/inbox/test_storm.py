"""A storm of notifications is worked off in batches, in flat memory, while payments go on."""

import os
from pathlib import Path
from uuid import UUID

import pytest

from paymenthub.kernel import clock
from payments.inbox.process import process
from payments.models import Attempt, InboxMessage, InboxState, Payment
from payments.outbound.relay import BATCH, Relay
from payments.services.pay import pay
from providers.types import Outcome
from tests import factories
from tests.scripted import notification_body, payment

pytestmark = pytest.mark.django_db(transaction=True)
CHUNK = 50
"""How many are queued at a time: making them must not be what the peak comes from."""


def resident() -> int:
    """KiB that this process has now. Its peak would hide a leak behind what the start once took."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def queue(account, attempt: Attempt, count: int, size: int) -> None:
    for start in range(0, count, CHUNK):
        InboxMessage.objects.bulk_create(
            factories.notification(
                project_id=account.project_id,
                provider_account=account,
                event_key=f"evt_{number}",
                body=notification_body(
                    Outcome.SUCCEEDED, key=f"evt_{number}", reference=attempt.public_id, padding="x" * size
                ),
                body_digest=str(number),
                headers={"x-secret": "s"},
                method="POST",
                next_try_at=clock.now(),
            )
            for number in range(start, min(start + CHUNK, count))
        )


def drain(project, script, count: int) -> tuple[int, list[int]]:
    """Hand out and process until nothing is due; return the growth (KiB) after the first tenth, and what each tick did."""
    handed: list[int] = []
    sizes: list[int] = []

    def worker(task: str, arguments: list[object]) -> None:
        if task == "payments.process_inbox":
            handed[-1] += 1
            process(UUID(str(arguments[0])))

    relay = Relay(send=worker)
    while True:
        handed.append(0)
        relay.tick()
        if not handed[-1]:
            return max(sizes) - sizes[0], handed
        if not sizes:
            script.pay = [payment(Outcome.SUCCEEDED, id="psp_meanwhile")]
            assert pay(factories.pay_command(project)).result == "OK"
        if sum(handed) >= count / 10:
            sizes.append(resident())


@pytest.mark.parametrize(
    ("count", "size", "most"),
    [
        (600, 40_000, 8 * 1024),
        pytest.param(100_000, 2_000, 24 * 1024, marks=[pytest.mark.full, pytest.mark.timeout(3600)]),
    ],
    ids=["600", "100000"],
)
def test_s30_a_storm_is_worked_off_in_flat_memory_while_payments_go_on(project, account, script, count, size, most):
    script.pay = [payment(Outcome.PENDING)]
    row = pay(factories.pay_command(project)).payment
    queue(account, row.attempts.get(), count, size)

    growth, handed = drain(project, script, count)

    assert (sum(handed), max(handed)) == (count, BATCH)
    assert not InboxMessage.objects.exclude(state=InboxState.DONE).exists()
    # KiB; what is queued after the first tenth takes more than twice as much.
    assert growth < most
    row.refresh_from_db()
    assert (row.captured, row.movements.filter(kind="captured").count()) == (1299, 1)
    assert Payment.objects.filter(captured=1299).count() == 2
