"""The page of one payment."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from payments.models import OperatorItem, Payment, ProviderAccount
from tests.backoffice import rows


def _url(payment: Payment) -> str:
    return reverse("admin:payments_payment_change", args=[payment.pk])


def test_the_timeline_tells_everything_in_its_order(story: Payment, superuser: Client) -> None:
    item = OperatorItem.objects.get()
    item.resolved_at, item.resolved_by, item.resolution = rows.at(80), "marta", "Seen."
    item.save()

    timeline = superuser.get(_url(story)).context["timeline"]

    assert [(entry.at, entry.what) for entry in timeline] == [
        (rows.at(1), "Pay of 129.90 EUR at Sandbox written down to be sent"),
        (rows.at(1), "Payment created"),
        (rows.at(50), "Notification received: payment.captured"),
        (rows.at(51), "Pay of 129.90 EUR at Sandbox succeeded"),
        (rows.at(61), "Callback payment.captured #1 failed (try 1)"),
        (rows.at(62), "Callback payment.captured #1 failed (try 2)"),
        (rows.at(63), "Callback payment.captured #1 delivered (try 3)"),
        (rows.at(70), "Put before a person: external refund"),
        (rows.at(71), "Refund of 1.00 EUR asked for"),
        (rows.at(72), "Capture by an operator: refused"),
        (rows.at(80), "Resolved: external refund"),
    ]
    assert (timeline[-1].source, timeline[-1].actor, timeline[-1].detail) == ("Operator", "marta", "Seen.")
    assert timeline[5].detail == "https://shop.example/in?token=***: no answer (connect_timeout) after 12 ms"


def test_what_others_wrote_stays_text(story: Payment, superuser: Client) -> None:
    text = superuser.get(_url(story)).content.decode()
    assert "<script>alert(" not in text
    # buyer, description, additional data, answer of the PSP, answers of the shop, next step, refusal, actor
    assert text.count("&lt;script&gt;alert(") >= 8


def test_the_summary_shows_the_amounts_and_ids(story: Payment, superuser: Client) -> None:
    story.refunded_elsewhere = 2990
    story.save()

    answer = superuser.get(_url(story))

    assert answer.context["totals"] == [
        ("Authorised", "129.90 EUR"),
        ("Captured", "129.90 EUR"),
        ("Refunded", "0.00 EUR"),
        ("Refunded elsewhere", "29.90 EUR"),
        ("Refundable", "100.00 EUR"),
    ]
    text = answer.content.decode()
    for shown in (story.public_id, story.provider_payment_id, story.shop_transaction_id, story.project.name):
        assert shown in text
    assert "29.90 EUR was given back, outside of this hub." in text


def test_the_page_never_holds_the_address_by_which_the_customer_pays(
    account: ProviderAccount, superuser: Client
) -> None:
    payment = rows.make_payment(account)
    rows.make_attempt(payment, "PENDING", redirect_url="http://127.0.0.1:9100/pay/secret-session")
    text = superuser.get(_url(payment)).content.decode()
    assert "secret-session" not in text
    assert "Waiting for the customer on Sandbox&#x27;s page." in text


def test_the_number_of_queries_does_not_depend_on_the_history(account: ProviderAccount, superuser: Client) -> None:
    payment = rows.make_story(account)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert superuser.get(_url(payment)).status_code == 200
        return len(captured)

    queries()
    short = queries()
    for number in range(2, 8):
        rows.make_attempt(payment, "DECLINED", decided_at=rows.at(number))
        rows.make_transition(payment, number, "paymentFailed", "PAYMENT_FAILED")
        rows.make_notification(payment)
        rows.make_delivery(payment, 500, 500)
    assert queries() == short


def test_a_payment_of_an_unknown_provider_machine_and_currency_can_still_be_read(
    account: ProviderAccount, superuser: Client
) -> None:
    payment = rows.make_payment(account, provider="gone", currency="XXX", business_state=77, buyer=["odd"])
    rows.make_transition(payment, 1, "somethingOfOnesOwn", "OWN_STATE", unexpected=True)
    answer = superuser.get(_url(payment))
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "12990 XXX (minor units)" in text
    assert "State 77" in text
    assert "Something of ones own (recorded only" in text


def test_an_account_shows_which_settings_are_set_and_none_of_them(account: ProviderAccount, superuser: Client) -> None:
    answer = superuser.get(reverse("admin:payments_provideraccount_change", args=[account.pk]))
    text = answer.content.decode()
    assert "webhook_secret_2" in text
    assert f"http://testserver/c/{account.webhook_token}" in text
    assert rows.SECRET not in text


def test_an_account_that_no_key_opens_says_what_to_do(account: ProviderAccount, superuser: Client) -> None:
    account.config_sealed = "v1.0000000000000000.AAAA"
    account.save()
    answer = superuser.get(reverse("admin:payments_provideraccount_change", args=[account.pk]))
    assert "HUB_ENCRYPTION_KEYS" in answer.content.decode()
