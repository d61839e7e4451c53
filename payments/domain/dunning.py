"""When a declined renewal is tried again, and when it is given up."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from providers.types import Hardness


@dataclass(frozen=True, slots=True)
class Next:
    """What follows a decline: another try (`retries`) or giving up, on `on`; at once where `on` is None."""

    on: dt.date | None
    retries: bool


def after_decline(hardness: Hardness, *, step: int, due_on: dt.date, today: dt.date, ladder: Sequence[int]) -> Next:
    """Say what follows the decline of try number `step` (0: the renewal itself) of what was due on `due_on`.

    A soft decline climbs the ladder (days after the due date). What only the customer can mend is never sent again by
    itself: a hard one waits for another means of payment until the ladder ends. Never twice on one day.
    """
    if step >= len(ladder):
        return Next(None, retries=False)
    end = due_on + dt.timedelta(days=ladder[-1])
    tomorrow = today + dt.timedelta(days=1)
    if hardness is Hardness.HARD:
        return Next(max(end, tomorrow), retries=False)
    return Next(max(due_on + dt.timedelta(days=ladder[step]), tomorrow), retries=True)
