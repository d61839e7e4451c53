"""Demo mails: what a few of the buyers were told. All of them are over; their texts were erased long ago."""

import random
from typing import Final

from payments import models as tables

from .draft import Draft
from .writing import NULL, Portion, at

_SHARE: Final = 0.08
_MS = 60_000


def of(draft: Draft, dice: random.Random, portion: Portion) -> None:
    """Write the mail about some payments; few were refused by their server, or never sent at all."""
    if dice.random() > _SHARE or not (draft.captured or not draft.claimed):
        return
    event = "payment_paid" if draft.captured else "payment_failed"
    luck, key, moment = dice.random(), draft.ids.at(draft.now), at(draft.now)
    state, reason, tries = ("sent", "", 1)
    if luck < 0.03:
        state, reason = "failed", "refused"
    elif luck < 0.06:
        state, reason, tries = "skipped", "switched_off", 0
    portion.lines[tables.Mail].append(
        f"{key}\t{moment}\t{draft.place.project_id}\t{draft.place.mode}\t{draft.id}\tcustomer\t{event}\t{draft.id}\t1\t"
        f"{draft.locale}\tb***@shopper.example\t{state}\t{reason}\t{tries}\t{at(draft.now + _MS)}"
    )
    if tries:
        accepted, code = ("t", "250") if state == "sent" else ("f", "550")
        error = "" if state == "sent" else "mailbox unavailable"
        permanent = "f" if state == "sent" else "t"
        portion.lines[tables.MailTry].append(
            f"{draft.ids.at(draft.now)}\t{at(draft.now + _MS)}\t{key}\t1\t{accepted}\t{permanent}\t{code or NULL}\t{error}\t"
            f"{dice.randrange(60, 900)}"
        )
