"""What stands on a payment's page beside its money: why a callback failed, mails, documents, where it came from."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.callback_words import why_callback
from payments.models import Delivery, DeliveryTry, Payment, ProviderAccount
from tests.backoffice import acting, rows

pytestmark = pytest.mark.django_db


def _url(payment: Payment) -> str:
    return reverse("admin:payments_payment_change", args=[payment.pk])


def why(payment: Payment, *statuses: int | None, error: str = "", **over: Any) -> tuple[str, str]:
    delivery: Delivery = rows.make_delivery(payment, **{"tries": len(statuses)} | over)
    for number, status in enumerate(statuses, 1):
        DeliveryTry.objects.create(delivery=delivery, number=number, status=status, error=error)
    return why_callback(delivery, list(delivery.attempts.order_by("number")))


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        (500, "", "it answered 500: something is broken in the order system"),
        (401, "", "it may check the signature with another secret"),
        (404, "", "there is nothing at this address"),
        (418, "", "it answered 418, and only an answer of 2xx counts"),
        (302, "redirect_not_followed", "sends elsewhere, which is not followed"),
        (None, "ConnectTimeout", "did not answer in time (ConnectTimeout)"),
        (None, "ConnectionRefusedError", "could not be reached (ConnectionRefusedError)"),
        (None, "secret_missing", "set the project's callback secret"),
    ],
)
def test_a_callback_that_failed_says_why_in_plain_words(
    account: ProviderAccount, status: int | None, error: str, said: str
) -> None:
    tone, words = why(rows.make_payment(account), status, error=error, next_try_at=rows.at(90))
    assert (tone, said in words, "tried again by itself" in words) == ("doubt", True, True)


def test_a_callback_that_was_given_up_says_that_a_person_sends_it_again(account: ProviderAccount) -> None:
    tone, words = why(rows.make_payment(account), 500, 500, state="given_up")
    assert (tone, "tried 2 times and is not tried by itself any more" in words) == ("bad", True)


def test_the_payments_page_and_the_callbacks_own_page_say_the_same(account: ProviderAccount, superuser: Client) -> None:
    payment = rows.make_payment(account)
    delivery = rows.make_delivery(payment, 404, state="given_up")
    page = reverse("admin:payments_delivery_change", args=[delivery.pk])
    for url in (_url(payment), page):
        assert "there is nothing at this address: is it right?" in superuser.get(url).content.decode()


def test_check_now_stands_beside_the_sentence(account: ProviderAccount, superuser: Client) -> None:
    payment = rows.make_payment(account)
    rows.make_attempt(payment, "PENDING", redirect_url="http://127.0.0.1:9100/pay/1")
    text = superuser.get(_url(payment)).content.decode()
    sentence, button = text.index("Waiting for the customer"), text.index("Check now")
    assert 0 < button - sentence < 600
    assert text.count(reverse("admin:payments_payment_act", args=[payment.pk, "check"])) == 1


def test_mails_and_where_it_came_from_are_shown_to_those_who_may_see_them(story: Payment, superuser: Client) -> None:
    rows.make_mail(story)
    link, intent = rows.make_link(story), rows.make_order(story)
    subscription = rows.make_subscription(story)
    Payment.objects.filter(pk=story.pk).update(subscription=subscription, subscription_period=1)

    page = superuser.get(_url(story))

    assert [mail["row"].recipients_shown for mail in page.context["mails"]] == ["a***@example.com"]
    names = [(one["what"], one["name"]) for one in page.context["related"]]
    assert names == [
        ("Subscription", subscription.shop_subscription_id),
        ("Payment link", link.shop_transaction_id),
        ("Order", str(intent.order_id)),
    ]
    assert "<script>alert(" not in page.content.decode()

    plain = acting.staff("view_payment").get(_url(story))
    assert (plain.context["mails"], plain.context["related"]) == (None, [])
    assert reverse("admin:payments_delivery_changelist") not in plain.content.decode()


def test_a_long_history_is_folded_and_costs_no_more(account: ProviderAccount, superuser: Client) -> None:
    payment = rows.make_story(account)

    def look() -> tuple[int, Any]:
        with CaptureQueriesContext(connection) as captured:
            page = superuser.get(_url(payment))
        return len(captured), page

    look()
    short, _page = look()
    for number in range(2, 120):
        rows.make_transition(payment, number, "paymentFailed", "PAYMENT_FAILED")
        rows.make_attempt(payment, "DECLINED", decided_at=rows.at(number), exchanges=[{"url": f"http://x/{number}"}])

    long, page = look()

    assert long == short
    assert (len(page.context["latest_entries"]), len(page.context["attempts"])) == (60, 30)
    assert page.context["attempts_hidden"] == 89
    assert page.context["attempts"][0]["exchanges"][0]["url"] == "http://x/119"
    older = superuser.get(reverse("admin:payments_attempt_changelist"), {"payment__id__exact": payment.pk})
    assert older.context["cl"].result_count == 119
