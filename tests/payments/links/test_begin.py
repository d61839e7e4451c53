"""Who may begin to pay by a link: once, so many times, or as often as somebody comes (S43)."""

import datetime as dt

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.errors import DuplicateTransaction, InvalidField
from payments.attempts import reconcile
from payments.domain.attempt import AttemptState, ItemKind
from payments.models import Attempt, OperatorItem, Payment, PaymentLink, PaymentType
from payments.selectors import ledger, links
from payments.services.choose_method import choose
from payments.services.links.begin import LinkOver, LinkTaken, LinkUsed
from payments.services.links.change import LinkChange, change_link
from payments.services.pay import pay
from providers.errors import OutcomeUnknown, Rejected, Unavailable
from providers.types import Outcome
from tests import factories, scripted
from tests.payments.links.making import at_the_provider, begun, chooses_amount, made_link, paid

pytestmark = pytest.mark.django_db(transaction=True)


def status(link: PaymentLink) -> str:
    link.refresh_from_db()
    return links.status_of(link, links.uses_of(link.pk)).value


def later(link: PaymentLink) -> None:
    """Let its time be over."""
    PaymentLink.objects.filter(pk=link.pk).update(expires_at=clock.now() - dt.timedelta(seconds=1))


def test_each_use_is_a_payment_of_its_own_with_the_links_content(project, account, script):
    link = made_link(
        project,
        max_uses=None,
        description="Tea",
        buyer={"email": "ada@shop.example"},
        additional_data={"items": [{"description": "Tea", "amount": 1299, "quantity": 1}]},
        allowed_methods=("scripted/credit-cards",),
        success_redirect_url="https://shop.example/ok",
        callback_url="https://shop.example/hook",
        locale="it",
    )

    first, second = begun(link, "ada"), begun(link, "bob")

    base = link.shop_transaction_id
    assert (first.shop_transaction_id, second.shop_transaction_id) == (f"{base}-1", f"{base}-2")
    assert (first.type, first.amount, first.currency, first.link_id) == (PaymentType.PAY_BY_LINK, 1299, "EUR", link.pk)
    assert (first.description, first.buyer, first.locale) == ("Tea", {"email": "ada@shop.example"}, "it")
    assert first.additional_data == {"items": [{"description": "Tea", "amount": 1299, "quantity": 1}]}
    assert (first.allowed_methods, first.in_checkout) == (["scripted/credit-cards"], True)
    assert (first.success_redirect_url, first.callback_url) == ("https://shop.example/ok", "https://shop.example/hook")
    assert links.uses_of(link.pk) == links.Uses(paid=0, open=2)


def test_the_same_browser_goes_on_where_it_was(project, account, script):
    link = made_link(project)

    assert begun(link, "ada") == begun(link, "ada") == at_the_provider(begun(link, "ada"), script)

    assert Payment.objects.count() == 1


def test_a_second_payment_of_a_single_use_link_is_refused(project, account, script):
    link = made_link(project)
    paid(begun(link, "ada"), script)

    for visitor in ("ada", "bob", ""):
        with pytest.raises(LinkUsed):
            begun(link, visitor)

    assert (status(link), Payment.objects.count(), script.count("pay")) == ("used", 1, 1)


def test_a_begun_use_counts_only_when_it_is_paid(project, account, script):
    link = made_link(project)
    begun(link, "ada")
    assert status(link) == "open"


def test_what_nobody_was_sent_to_pay_gives_way_to_a_new_visitor(project, account, script):
    link = made_link(project)
    first = begun(link, "ada")

    second = begun(link, "bob")

    first.refresh_from_db()
    assert (first.state, first.claimed_shop_transaction_id) == ("PAYMENT_EXPIRED", None)
    assert second.shop_transaction_id == f"{link.shop_transaction_id}-2"
    assert script.asked == []


def test_an_open_session_is_closed_at_its_provider_before_another_visitor_begins(project, account, script):
    link = made_link(project)
    first = at_the_provider(begun(link, "ada"), script)
    script.fetch = [scripted.payment(Outcome.ACTION_REQUIRED)]
    seen: list[int] = []
    script.expire = [
        lambda call, _: (seen.append(Payment.objects.count()), scripted.payment(Outcome.EXPIRED))[1],
    ]

    second = begun(link, "bob")

    first.refresh_from_db()
    assert (seen, first.state, second.state) == ([1], "PAYMENT_EXPIRED", "PAYMENT_CREATED")


@pytest.mark.parametrize("trouble", [OutcomeUnknown("read timeout"), Unavailable("refused"), Rejected("is being paid")])
def test_a_session_that_is_not_surely_closed_keeps_its_place(project, account, script, trouble):
    link = made_link(project)
    first = at_the_provider(begun(link, "ada"), script)
    script.fetch, script.expire = [scripted.payment(Outcome.ACTION_REQUIRED)], [trouble]

    with pytest.raises(LinkTaken):
        begun(link, "bob")

    first.refresh_from_db()
    assert first.claimed_shop_transaction_id is not None
    assert Payment.objects.count() == 1


def test_s1_a_payment_in_doubt_keeps_its_place(project, account, script):
    link = made_link(project)
    first = begun(link, "ada")
    script.pay, script.fetch = [OutcomeUnknown("read timeout")], [Unavailable("down")]

    choose(first.pk, provider="scripted", method="credit-cards")
    assert Attempt.objects.get().state == AttemptState.UNKNOWN

    with pytest.raises(LinkTaken):
        begun(link, "bob")
    assert begun(link, "ada") == first
    assert script.count("expire") == 0


def test_who_has_just_paid_is_found_out_before_their_place_is_given_away(project, account, script):
    link = made_link(project)
    at_the_provider(begun(link, "ada"), script)
    script.fetch = [scripted.payment(Outcome.SUCCEEDED)]

    with pytest.raises(LinkUsed):
        begun(link, "bob")

    assert (status(link), script.count("expire")) == ("used", 0)


def test_s43_who_began_in_time_may_finish_and_nobody_else_begins(project, account, script):
    link = made_link(project, expires_at=clock.now() + dt.timedelta(hours=1))
    first = begun(link, "ada")
    later(link)

    assert begun(link, "ada") == first
    with pytest.raises(LinkOver):
        begun(link, "bob")
    paid(first, script)

    assert status(link) == "used"


def test_s43_a_late_success_of_a_use_that_gave_way_goes_to_a_person(project, account, script):
    link = made_link(project)
    first = at_the_provider(begun(link, "ada"), script)
    script.fetch, script.expire = [scripted.payment(Outcome.ACTION_REQUIRED)], [scripted.payment(Outcome.EXPIRED)]
    second = paid(begun(link, "bob"), script, id="psp_2")

    script.fetch = [scripted.payment(Outcome.SUCCEEDED)]
    reconcile.reread(first.attempts.get(kind="pay").pk, source="webhook", evidence="late")

    first.refresh_from_db()
    assert (first.captured, first.claimed_shop_transaction_id, second.captured) == (1299, None, 1299)
    assert OperatorItem.objects.get().kind == ItemKind.LATE_SUCCESS
    assert ledger.find([first.pk, second.pk]) == []


def test_a_disabled_link_is_over_and_can_be_opened_again(project, account, script):
    link = made_link(project)
    change_link(link.pk, LinkChange(disabled=True))
    with pytest.raises(LinkOver):
        begun(link, "ada")
    assert status(link) == "disabled"

    change_link(link.pk, LinkChange(disabled=False))
    assert begun(link, "ada").amount == 1299


def test_a_link_that_has_ended_is_extended(project, account, script):
    link = made_link(project)
    later(link)
    assert status(link) == "expired"

    change_link(link.pk, LinkChange(expires_at=clock.now() + dt.timedelta(days=1)))

    assert begun(link).amount == 1299
    with pytest.raises(InvalidField):
        change_link(link.pk, LinkChange(expires_at=clock.now() - dt.timedelta(days=1)))


def test_a_capped_link_is_paid_so_many_times_and_the_oldest_unfinished_use_gives_way(project, account, script):
    link = made_link(project, max_uses=2)
    paid(begun(link, "ada"), script)
    oldest = begun(link, "bob")

    newest = begun(link, "cleo")
    oldest.refresh_from_db()
    assert oldest.claimed_shop_transaction_id is None
    paid(newest, script, id="psp_2")

    with pytest.raises(LinkUsed):
        begun(link, "dan")
    assert status(link) == "used"
    change_link(link.pk, LinkChange(max_uses=3))
    assert begun(link, "dan").shop_transaction_id == f"{link.shop_transaction_id}-4"


def test_a_declined_use_may_be_tried_again_and_takes_its_place_until_then(project, account, script):
    link = made_link(project)
    first = begun(link, "ada")
    script.pay = [scripted.payment(Outcome.DECLINED)]

    choose(first.pk, provider="scripted", method="credit-cards")

    assert begun(link, "ada") == first
    assert begun(link, "bob") != first


def test_the_customer_chooses_an_amount_within_bounds(project, account, script):
    link = chooses_amount(project)

    for wrong in (None, 499, 10_001, 0, -1):
        with pytest.raises(InvalidField):
            begun(link, "ada", wrong)
    assert not Payment.objects.exists()
    assert begun(link, "ada", 500).amount == 500
    again = begun(link, "ada", 10_000)

    assert (again.amount, Payment.objects.filter(claimed_shop_transaction_id__isnull=False).count()) == (10_000, 1)


def test_an_amount_that_was_sent_along_a_fixed_link_counts_for_nothing(project, account, script):
    assert begun(made_link(project), "ada", 1).amount == 1299


def test_a_number_that_the_order_system_has_used_itself_is_passed_over(project, account, script):
    link = made_link(project)
    script.pay = [scripted.payment(Outcome.ACTION_REQUIRED, id="other")]

    pay(factories.pay_command(project, shop_transaction_id=f"{link.shop_transaction_id}-1"))

    assert begun(link, "ada").shop_transaction_id == f"{link.shop_transaction_id}-2"


def test_a_link_is_made_once_per_shop_transaction_id(project):
    first = made_link(project, shop_transaction_id="order-7")

    assert made_link(project, shop_transaction_id="order-7") == first
    with pytest.raises(DuplicateTransaction):
        made_link(project, shop_transaction_id="order-7", amount=1)
    assert len(first.code) >= 22
    assert PaymentLink.objects.count() == 1
