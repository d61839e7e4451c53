"""Refund, capture, cancel, expire and check from the page of a payment."""

import pytest
from django.test import Client

from paymenthub.kernel.money import Money
from payments.models import AuditEntry, OperatorItem, Payment, Project, Refund
from payments.services.ordering import By
from payments.services.refund import RefundCommand, refund
from payments.verdicts import external
from payments.verdicts.apply import Told
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import Outcome, Reference, Subject, Verdict
from tests import factories, scripted
from tests.backoffice import acting
from tests.scripted import Script

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(project: Project, script: Script) -> Project:
    factories.make_account(project)
    return project


@pytest.fixture
def marta(db: None) -> Client:
    return acting.staff(*acting.ALL)


def refund_form(amount: str, **over: str) -> dict[str, str]:
    return {"amount": amount, "reason": "returned", "note": "RMA 17", **over}


def offered(client: Client, payment: Payment) -> list[str]:
    return [action["verb"] for action in client.get(acting.page_url(payment)).context["actions"]]


def test_only_what_is_possible_now_is_offered(shop: Project, script: Script, marta: Client) -> None:
    paid, held, waiting = acting.paid(shop, script), acting.held(shop, script), acting.waiting(shop, script)
    script.pay = [OutcomeUnknown("timeout")]
    doubt = acting.pay(factories.pay_command(shop)).payment

    assert offered(marta, paid) == ["Refund"]
    assert offered(marta, held) == ["Capture", "Cancel payment"]
    assert offered(marta, waiting) == ["Cancel payment", "Expire", "Check now"]
    assert offered(marta, doubt) == ["Check now"]
    assert "Decide the outcome" in marta.get(acting.page_url(doubt)).content.decode()


def test_a_refund_goes_from_form_to_confirm_page_to_result(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.paid(shop, script)
    script.refund = [acting.yes]
    url = acting.act_url(payment, "refund")

    form = marta.get(url)
    confirm = marta.post(url, {"token": form.context["token"], **refund_form("5.00")})
    shown = acting.result(marta, acting.send(marta, url, confirm.context["token"], **refund_form("5.00")))

    assert form.context["form"]["amount"].value() == "12.99"
    assert confirm.context["effect"] == [
        "5.00 EUR of 12.99 EUR goes back to the customer, by Scripted.",
        "After this 7.99 EUR can still be refunded.",
        "A refund cannot be taken back.",
        "This is test mode: no real money moves.",
    ]
    assert (confirm.context["button"], script.count("refund")) == ("Refund 5.00 EUR", 1)
    assert (shown.context["heading"], shown.context["message"]) == (
        "Done",
        "The provider has confirmed the refund of 5.00 EUR.",
    )
    row = Refund.objects.get()
    assert (row.amount, row.reason, row.note, row.actor, row.state) == (500, "returned", "RMA 17", "marta", "succeeded")
    sources = set(payment.transitions.filter(event__icontains="refund").values_list("source", "actor"))
    assert sources == {("operator", "marta")}


def test_the_payment_page_shows_the_refund_with_its_psp_id(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.paid(shop, script)
    script.refund = [acting.yes]
    acting.send(marta, acting.act_url(payment, "refund"), **refund_form("5.00"))

    page = marta.get(acting.page_url(payment))

    attempt = payment.attempts.get(kind="refund")
    (shown,) = page.context["refunds"]
    assert (shown["amount"], shown["reason"], shown["psp_ids"]) == (
        "5.00 EUR",
        "Goods came back",
        [f"ref-{attempt.public_id}"],
    )
    entry = next(e for e in page.context["timeline"] if e.what == "Refund of 5.00 EUR asked for")
    assert (entry.actor, entry.detail.endswith("Goods came back: RMA 17")) == ("marta", True)


def test_the_audit_row_says_who_what_why_whence_and_what_came_of_it(
    shop: Project, script: Script, marta: Client
) -> None:
    payment = acting.paid(shop, script)
    script.refund = [acting.yes]
    acting.send(marta, acting.act_url(payment, "refund"), **refund_form("5.00"))

    begun, ended = AuditEntry.objects.order_by("id")

    assert (begun.outcome, begun.number, ended.outcome, ended.asked) == ("asked", 1, "ok", begun)
    assert (ended.actor, ended.action, ended.payment, ended.address) == ("marta", "refund", payment, "127.0.0.1")
    assert (ended.reason, ended.note) == ("returned", "RMA 17")
    assert (ended.before["refundable"], ended.before["state"]) == (1299, "PAYMENT_EXECUTED")
    assert ended.after is not None
    assert (ended.after["refundable"], ended.after["state"]) == (799, "PARTIALLY_REFUNDED")


@pytest.mark.parametrize(
    ("currency", "amount", "prefilled", "typed", "minor"),
    [("JPY", 1299, "1299", "300", 300), ("KWD", 1299, "1.299", "0.5", 500), ("EUR", 1299, "12.99", "3", 300)],
)
def test_s66_amounts_are_typed_in_the_currencys_own_decimals(
    shop: Project, script: Script, marta: Client, currency: str, amount: int, prefilled: str, typed: str, minor: int
) -> None:
    payment = acting.paid(shop, script, money=(amount, currency))
    script.refund = [
        lambda call, request: Verdict(
            Subject.REFUND, Outcome.SUCCEEDED, request.money, references=(Reference("refund", "r"),)
        )
    ]
    url = acting.act_url(payment, "refund")

    assert marta.get(url).context["form"]["amount"].value() == prefilled
    acting.send(marta, url, **refund_form(typed))

    assert Refund.objects.get().amount == minor


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("13.00", "That is too much."),
        ("0", "The amount must be above zero."),
        ("-1", "plain decimal"),
        ("1,50", "plain decimal"),
        ("1.005", "more precise"),
        ("1e2", "plain decimal"),
        ("", "required"),
    ],
)
def test_an_impossible_amount_is_refused_and_nothing_is_done(
    shop: Project, script: Script, marta: Client, amount: str, said: str
) -> None:
    payment = acting.paid(shop, script)

    answer = acting.send(marta, acting.act_url(payment, "refund"), **refund_form(amount))

    assert answer.status_code == 200
    assert said in str(answer.context["form"].errors["amount"])
    assert (Refund.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_no_action_without_a_reason_and_no_card_number_in_it(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.held(shop, script)
    url = acting.act_url(payment, "cancel")

    silent = acting.send(marta, url, note="")
    card = acting.send(marta, url, note="he paid with 4242 4242 4242 4242")

    assert "required" in str(silent.context["form"].errors["note"])
    assert "card number" in str(card.context["form"].errors["note"])
    assert script.count("cancel") == 0


def test_a_refund_that_is_not_decided_is_shown_as_not_known_and_later_as_what_came_of_it(
    shop: Project, script: Script, marta: Client
) -> None:
    payment = acting.paid(shop, script)
    script.refund = [OutcomeUnknown("timeout")]
    url = acting.act_url(payment, "refund")
    answer = acting.send(marta, url, **refund_form("5.00"))

    shown = acting.result(marta, answer)
    assert (shown.context["heading"], shown.context["tone"]) == ("Not known yet", "doubt")
    assert "nobody knows yet" in shown.context["message"]
    assert "Do not repeat it" in shown.context["advice"]

    attempt = payment.attempts.get(kind="refund")
    script.fetch = [
        [
            scripted.payment(Outcome.SUCCEEDED),
            scripted.refund(Outcome.SUCCEEDED, 500, attempt_reference=attempt.public_id),
        ]
    ]
    checked = acting.result(marta, acting.send(marta, acting.act_url(payment, "check"), note="Customer asks"))
    assert (checked.context["heading"], checked.context["message"]) == ("Done", "Refund of 5.00 EUR: succeeded.")
    assert acting.result(marta, answer).context["heading"] == "Done"


def test_a_provider_that_is_not_reached_is_told_as_nothing_sent(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.paid(shop, script)
    script.refund = [Unavailable("refused")]

    shown = acting.result(marta, acting.send(marta, acting.act_url(payment, "refund"), **refund_form("5.00")))

    assert (shown.context["heading"], shown.context["advice"]) == ("Nothing was sent", "It may be tried again.")
    payment.refresh_from_db()
    assert payment.refundable == 1299


def test_a_refund_whose_remainder_moved_since_the_page_is_refused_with_the_amounts(
    shop: Project, script: Script, marta: Client
) -> None:
    payment = acting.paid(shop, script)
    script.refund = [acting.yes]
    url = acting.act_url(payment, "refund")
    token = acting.token_of(marta, url)
    refund(RefundCommand(payment, Money(100, "EUR")), By())

    shown = acting.result(marta, acting.send(marta, url, token, **refund_form("5.00")))

    assert shown.context["heading"] == "Refused: nothing was done"
    assert ("Refundable", "11.99 EUR") in shown.context["details"]
    assert script.count("refund") == 1
    assert AuditEntry.objects.get().outcome == "refused"


def test_a_refund_after_a_chargeback_needs_another_permission_and_the_override(
    shop: Project, script: Script, marta: Client
) -> None:
    payment = acting.paid(shop, script)
    verdict = Verdict(
        Subject.CHARGEBACK, Outcome.SUCCEEDED, Money(1299, "EUR"), references=(Reference("chargeback", "cb"),)
    )
    external.record(payment_id=payment.id, verdict=verdict, told=Told("webhook", "evt"))
    script.refund = [acting.yes]
    url = acting.act_url(payment, "refund")
    boss = acting.staff(*acting.ALL, "refund_charged_back_payment", name="boss")

    assert marta.get(url).status_code == 403
    assert "Refund" not in offered(marta, payment)
    without = acting.send(boss, url, **refund_form("5.00"))
    assert "over_chargeback" in without.context["form"].errors
    acting.send(boss, url, **refund_form("5.00", over_chargeback="on"))

    assert Refund.objects.get().over_chargeback


def test_a_capture_in_part_says_what_becomes_of_the_rest(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.held(shop, script)
    script.capture = [acting.captured]
    url = acting.act_url(payment, "capture")
    fields = {"amount": "10", "final": "no", "note": "First parcel"}

    confirm = marta.post(url, {"token": acting.token_of(marta, url), **fields})
    acting.send(marta, url, confirm.context["token"], **fields)

    assert confirm.context["effect"][:2] == [
        "10.00 EUR of the held 12.99 EUR is taken from the customer.",
        "The rest, 2.99 EUR, stays held.",
    ]
    payment.refresh_from_db()
    assert (payment.captured, payment.capturable) == (1000, 299)


def test_cancel_releases_and_expire_closes(shop: Project, script: Script, marta: Client) -> None:
    held, waiting = acting.held(shop, script), acting.waiting(shop, script)
    script.cancel = [Verdict(Subject.CANCEL, Outcome.SUCCEEDED)]
    script.expire = [Verdict(Subject.CANCEL, Outcome.EXPIRED)]

    cancelled = acting.result(marta, acting.send(marta, acting.act_url(held, "cancel"), note="Out of stock"))
    expired = acting.result(marta, acting.send(marta, acting.act_url(waiting, "expire"), note="Order withdrawn"))

    for shown, payment in ((cancelled, held), (expired, waiting)):
        payment.refresh_from_db()
        assert (shown.context["heading"], payment.claimed_shop_transaction_id) == ("Done", None)
    assert script.count("cancel") == script.count("expire") == 1


def test_a_check_without_an_answer_says_so(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.waiting(shop, script)
    script.fetch = [Unavailable("refused")]

    shown = acting.result(marta, acting.send(marta, acting.act_url(payment, "check"), note="Customer calls"))

    assert (shown.context["heading"], shown.context["message"]) == (
        "Not known yet",
        "Pay of 12.99 EUR: no answer; it is with the provider, not decided.",
    )


def test_what_is_not_possible_is_said_and_not_done(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.waiting(shop, script)

    answer = marta.get(acting.act_url(payment, "refund"))

    assert (answer.status_code, answer.context["impossible"]) == (409, "Nothing is left that may be refunded.")
    assert OperatorItem.objects.count() == 0


def test_s62_what_people_write_stays_text(shop: Project, script: Script, marta: Client) -> None:
    payment = acting.paid(shop, script)
    script.refund = [Verdict(Subject.REFUND, Outcome.DECLINED, Money(500, "EUR"), decline=HOSTILE_DECLINE)]
    fields = refund_form("5.00", note=HOSTILE)
    url = acting.act_url(payment, "refund")

    confirm = marta.post(url, {"token": acting.token_of(marta, url), **fields})
    shown = acting.result(marta, acting.send(marta, url, **fields))

    for answer in (confirm, shown, marta.get(acting.page_url(payment))):
        text = answer.content.decode()
        assert "<script>alert(" not in text
        assert "&lt;script&gt;alert(" in text


HOSTILE = '<script>alert("x")</script>'
HOSTILE_DECLINE = scripted.Decline(scripted.DeclineReason.OTHER, code="x", message=HOSTILE)
