"""Many customers at one single-use link at the same moment: one payment may be paid, never two."""

import itertools
import threading
from typing import Any

import pytest

from payments import locks
from payments.models import Payment, PaymentLink
from payments.selectors import links
from payments.services.links.begin import LinkTaken
from tests.concurrency.race import WAIT, errors_in, together
from tests.payments.links.making import begun, made_link, paid
from tests.scripted import Script

pytestmark = pytest.mark.django_db(transaction=True)


def open_or_paid(link: PaymentLink) -> int:
    uses = links.uses_of(link.pk)
    return uses.open + uses.paid


def test_s43_of_many_visitors_at_a_single_use_link_one_holds_its_place(project, account, script):
    link = made_link(project)

    results = together(*(lambda name=name: begun(link, name) for name in ("ada", "bob", "cleo", "dan")))

    assert open_or_paid(link) == 1
    assert all(isinstance(error, LinkTaken) for error in errors_in(results))
    assert errors_in(results) != results


def test_a_double_click_begins_one_payment(project, account, script):
    link = made_link(project, max_uses=None)

    results = together(*(lambda: begun(link, "ada") for _ in range(4)))

    assert errors_in(results) == []
    assert len({payment.pk for payment in results}) == 1
    assert Payment.objects.count() == 1


def test_control_without_the_links_lock_two_places_are_given_away(project, account, script, monkeypatch):
    link = made_link(project, max_uses=2)
    script_paid(link, script)
    _without_lock(monkeypatch, readers=2)

    results = together(lambda: begun(link, "ada"), lambda: begun(link, "bob"))

    assert errors_in(results) == []
    assert open_or_paid(link) == 3


def script_paid(link: PaymentLink, script: Script) -> None:
    """Use one place up, so that the link's next number is told apart from its first."""
    paid(begun(link, "zoe"), script)


def _without_lock(monkeypatch: Any, *, readers: int) -> None:
    """Let `readers` decide on what they have read before any of them writes; each takes a number of its own."""
    barrier, numbers = threading.Barrier(readers), itertools.count(10)
    real = links.uses_of

    def unlocked(link_id: Any) -> PaymentLink:
        link = PaymentLink.objects.select_related("project").get(pk=link_id)
        link.started = next(numbers)
        return link

    def counted(link_id: Any) -> Any:
        uses = real(link_id)
        barrier.wait(WAIT)
        return uses

    monkeypatch.setattr(locks, "payment_link", unlocked)
    monkeypatch.setattr(links, "uses_of", counted)
    monkeypatch.setattr("tests.concurrency.test_link_races.open_or_paid", lambda row: sum(_pair(real(row.pk))))


def _pair(uses: Any) -> tuple[int, int]:
    return uses.open, uses.paid
