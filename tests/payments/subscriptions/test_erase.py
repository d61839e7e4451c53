"""A person who is erased is erased from their subscriptions too, once these have ended."""

import pytest

from payments.domain.subscription import EndReason
from payments.services.erase_buyer import Subject, erase_buyer
from payments.services.subscriptions.cancel import cancel

from . import world
from .world import fresh, subscribed

pytestmark = pytest.mark.django_db(transaction=True)
ADA = Subject(email="ada@shop.example")
KEPT = "buyers of subscriptions that still run (cancel them, then run it again)"


def erased(project, **over):
    return erase_buyer(project=project, subject=ADA, actor="dpo", reason="asked", **over)


def test_an_ended_subscription_forgets_its_buyer_and_a_running_one_is_counted(project, account, script):
    world.opened(script)
    over, still, bobs = (
        subscribed(project, buyer={"email": email, "name": "N"}, description="tea", additional_data={"note": "n"})
        for email in ("Ada@shop.example", "ada@shop.example", "bob@shop.example")
    )
    for row in (over, bobs):
        cancel(row.id, at_once=True)

    dry = erased(project, dry_run=True)
    assert fresh(over).buyer["email"] == "Ada@shop.example"
    done = erased(project)

    assert dry.erased["buyers of subscriptions"] == done.erased["buyers of subscriptions"] == 1
    assert dry.kept[KEPT] == done.kept[KEPT] == 1
    gone = fresh(over)
    assert (gone.buyer, gone.additional_data, gone.description) == ({"id": ADA.pseudonym}, {}, "")
    assert (gone.amount, gone.end_reason, gone.has_ended) == (990, EndReason.REQUEST, True)
    assert (fresh(still).buyer["email"], fresh(still).description) == ("ada@shop.example", "tea")
    assert fresh(bobs).buyer["email"] == "bob@shop.example"

    cancel(still.id, at_once=True)
    assert erased(project).erased["buyers of subscriptions"] == 1
    assert fresh(still).buyer == {"id": ADA.pseudonym}
