"""S65: one form does its work once, however often, from wherever and at whatever moment it is sent."""

import itertools
import threading
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from backoffice.actions import tokens
from paymenthub.kernel import db
from paymenthub.kernel.money import Money
from payments.models import AuditEntry, Payment, Project, Refund
from payments.services import audit
from payments.services.operate import operate
from payments.services.ordering import By
from payments.services.refund import RefundCommand, refund
from providers.errors import OutcomeUnknown
from tests import factories
from tests.backoffice import acting
from tests.concurrency import race
from tests.scripted import Script

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 20
FIELDS = {"amount": "5.00", "reason": "returned", "note": "RMA 17"}


@pytest.fixture
def shop(project: Project, script: Script) -> Project:
    factories.make_account(project)
    script.refund = [acting.yes]
    return project


@pytest.fixture
def marta(db: None) -> Client:
    return acting.staff(*acting.ALL)


def again() -> Client:
    """Another tab of the same person."""
    client = Client()
    client.force_login(User.objects.get(username="marta"))
    return client


def outcome(payment: Payment, script: Script, answers: list[Any]) -> tuple[int, int, int]:
    """How many refunds there are, how many requests the PSP got, how many results the people were led to."""
    assert race.errors_in(answers) == []
    assert [answer.status_code for answer in answers] == [302] * len(answers)
    results = {answer.headers["Location"].partition("?")[0] for answer in answers}
    sent = sum(1 for what, _, request in script.asked if what == "refund" and _is_for(request, payment))
    return Refund.objects.filter(payment=payment).count(), sent, len(results)


def _is_for(request: Any, payment: Payment) -> bool:
    return bool(request.shop_reference == payment.shop_transaction_id)


def two_at_once(shop: Project, script: Script, marta: Client) -> tuple[int, int, int]:
    payment = acting.paid(shop, script)
    url = acting.act_url(payment, "refund")
    token, other = acting.token_of(marta, url), again()
    return outcome(
        payment,
        script,
        race.together(
            lambda: acting.send(marta, url, token, **FIELDS), lambda: acting.send(other, url, token, **FIELDS)
        ),
    )


def test_s65_a_form_sent_twice_at_the_same_moment_refunds_once(shop: Project, script: Script, marta: Client) -> None:
    assert {two_at_once(shop, script, marta) for _ in range(ROUNDS)} == {(1, 1, 1)}


def test_control_where_every_sending_counts_as_a_form_of_its_own_two_refunds_are_made(
    shop: Project, script: Script, marta: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = itertools.count(1)

    def read_as_new(text: str, *, user: str, action: str, object_id: Any) -> tokens.Token:
        return tokens.Token(user, action, object_id, next(numbers))

    monkeypatch.setattr(tokens, "read", read_as_new)
    assert [two_at_once(shop, script, marta) for _ in range(ROUNDS)] == [(2, 2, 2)] * ROUNDS


def test_s65_two_that_both_found_the_place_free_do_the_work_once(shop: Project, script: Script) -> None:
    payment = acting.paid(shop, script)
    draft = audit.Draft("check", shop, payment.id, number=1, actor="marta", payment=payment)
    both_are_in, done = threading.Barrier(2), []

    def act(claim: audit.FormClaim) -> None:
        both_are_in.wait(race.WAIT)
        with db.durable():
            claim.take(None)
            claim.finish("ok", "Asked.")
        done.append(claim.id)

    results = race.together(lambda: operate(draft, act), lambda: operate(replace(draft), act))

    assert race.errors_in(results) == []
    assert sorted(acted.replayed for acted in results) == [False, True]
    assert [acted.entry.id for acted in results] == done * 2


def test_s65_the_second_sending_shows_what_the_first_one_did(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.paid(shop, script)
    url = acting.act_url(payment, "refund")
    token = acting.token_of(marta, url)

    first = acting.send(marta, url, token, **FIELDS)
    second = acting.send(marta, url, token, **FIELDS)

    assert outcome(payment, script, [first, second]) == (1, 1, 1)
    assert "Nothing was done a second time" not in acting.result(marta, first).content.decode()
    shown = acting.result(marta, second)
    assert "Nothing was done a second time" in shown.content.decode()
    assert shown.context["heading"] == "Done"


def test_s65_two_tabs_opened_before_either_was_sent_refund_once(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.paid(shop, script)
    url = acting.act_url(payment, "refund")
    left, right = acting.token_of(marta, url), acting.token_of(again(), url)

    answers = [acting.send(marta, url, left, **FIELDS), acting.send(marta, url, right, **FIELDS | {"amount": "3.00"})]

    assert outcome(payment, script, answers) == (1, 1, 1)


def test_two_people_with_the_same_page_open_refund_once(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.paid(shop, script)
    url, paul = acting.act_url(payment, "refund"), acting.staff(*acting.ALL, name="paul")
    tokens = acting.token_of(marta, url), acting.token_of(paul, url)

    answers = [acting.send(marta, url, tokens[0], **FIELDS), acting.send(paul, url, tokens[1], **FIELDS)]

    assert outcome(payment, script, answers) == (1, 1, 1)
    assert acting.result(paul, answers[1]).context["entry"].actor == "marta"


def test_back_to_the_first_page_and_forward_again_shows_the_result(
    shop: Project, script: Script, marta: Client
) -> None:
    payment = acting.paid(shop, script)
    url = acting.act_url(payment, "refund")
    first_page = acting.token_of(marta, url)
    confirm = marta.post(url, {"token": first_page, **FIELDS})
    acting.send(marta, url, confirm.context["token"], **FIELDS)

    answer = marta.post(url, {"token": first_page, **FIELDS})

    assert (answer.status_code, answer.headers["Location"].endswith("?again=1")) == (302, True)
    assert Refund.objects.filter(payment=payment).count() == 1


def test_a_page_opened_after_the_first_refund_makes_a_second_one_of_the_same_amount(
    shop: Project, script: Script, marta: Client
) -> None:
    payment = acting.paid(shop, script)
    url = acting.act_url(payment, "refund")

    answers = [acting.send(marta, url, **FIELDS), acting.send(marta, url, **FIELDS)]

    assert outcome(payment, script, answers) == (2, 2, 2)


def test_a_form_sent_again_while_the_outcome_is_unknown_sends_nothing(
    shop: Project, script: Script, marta: Client
) -> None:
    payment = acting.paid(shop, script)
    script.refund = [OutcomeUnknown("timeout")]
    url = acting.act_url(payment, "refund")
    token = acting.token_of(marta, url)
    full = FIELDS | {"amount": "12.99"}

    answers = [acting.send(marta, url, token, **full), acting.send(marta, url, token, **full)]

    assert outcome(payment, script, answers) == (1, 1, 1)
    assert acting.result(marta, answers[1]).context["heading"] == "Not known yet"


def test_a_refused_form_has_done_nothing_and_is_judged_anew(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.paid(shop, script)
    url = acting.act_url(payment, "refund")
    token = acting.token_of(marta, url)
    refund(RefundCommand(payment, Money(100, "EUR")), By())

    answers = [acting.send(marta, url, token, **FIELDS), acting.send(marta, url, token, **FIELDS)]

    assert len({acting.result(marta, answer).context["entry"].pk for answer in answers}) == 2
    assert list(AuditEntry.objects.values_list("outcome", "number")) == [("refused", None)] * 2
    assert Refund.objects.filter(payment=payment).count() == 1
