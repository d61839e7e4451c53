"""The customer comes back: the provider is asked, and the shop is told with parameters that it can verify."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from examples.receiver.verify import NotGenuine, verify_return
from paymenthub.kernel import clock
from payments.attempts.requests import return_token
from payments.models import Payment
from payments.outbound.return_url import back_to_shop, with_outcome
from payments.outbound.secrets import seal_secrets
from payments.outbound.sign import new_secret
from payments.services.checkout_tokens import exchange
from payments.services.choose_method import choose
from payments.services.open_payment import open_payment
from payments.services.pay import pay
from providers.errors import OutcomeUnknown
from providers.types import Outcome
from tests import factories
from tests.scripted import payment as said

pytestmark = pytest.mark.django_db(transaction=True)
URLS = {
    "success_redirect_url": "https://shop.example/thanks?lang=it&status=mine#end",
    "failure_redirect_url": "https://shop.example/basket",
}


@pytest.fixture
def secret(project):
    secret = new_secret()
    project.callback_secrets_sealed = seal_secrets(project, [secret])
    project.save()
    return secret


@pytest.fixture
def waiting(project, account, script):
    """An open payment whose customer is at the provider."""
    row = open_payment(factories.open_command(project, **URLS))
    script.pay = [said(Outcome.ACTION_REQUIRED)]
    return choose(row.id, provider="scripted", method="credit-cards").attempt


def come_back(client, attempt):
    answer = client.get(f"/return/{return_token(attempt.id.hex)}?status=paid")
    assert answer.status_code == 303
    return answer["Location"]


def query_of(url: str) -> dict[str, str]:
    pairs = parse_qsl(urlsplit(url).query)
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


def test_a_paid_customer_goes_on_to_the_shop_with_a_signature(client, waiting, script, secret):
    script.fetch = [said(Outcome.SUCCEEDED)]

    url = come_back(client, waiting)

    query = query_of(url)
    assert url.startswith("https://shop.example/thanks?lang=it&paymentId=psp_1&")
    assert url.endswith("#end")
    assert (query["status"], query["shopTransactionId"]) == ("ACCEPTED", waiting.payment.shop_transaction_id)
    verify_return(secret, query)


@pytest.mark.parametrize("name", ["paymentId", "shopTransactionId", "status", "timestamp", "signature"])
def test_a_changed_parameter_is_noticed(client, waiting, script, secret, name):
    script.fetch = [said(Outcome.SUCCEEDED)]
    query = query_of(come_back(client, waiting))
    changed = query | {name: str(int(query[name]) + 1) if name == "timestamp" else query[name][:-1] + "~"}

    with pytest.raises(NotGenuine):
        verify_return(secret, changed)
    with pytest.raises(NotGenuine):
        verify_return(new_secret(), query)


def test_while_a_secret_is_changed_both_verify(project, secret, account, script):
    other = new_secret()
    project.callback_secrets_sealed = seal_secrets(project, [other, secret])
    row = open_payment(factories.open_command(project))

    query = query_of(with_outcome("https://shop.example/", row))

    verify_return(other, query)
    verify_return(secret, query)


@pytest.mark.parametrize("answer", [said(Outcome.DECLINED), OutcomeUnknown("away"), said(Outcome.PENDING)])
def test_a_customer_who_has_not_paid_goes_back_into_the_checkout(client, waiting, script, secret, answer):
    script.fetch = [answer]

    url = come_back(client, waiting)

    assert exchange(url.rpartition("/payment/t/")[2]) == waiting.payment_id


def test_where_no_try_can_follow_any_more_the_shops_failure_page_is_next(client, waiting, script, secret):
    script.fetch = [said(Outcome.DECLINED)]
    come_back(client, waiting)
    row = Payment.objects.get()
    assert back_to_shop(row) == ""

    row.claimed_shop_transaction_id = None
    row.save()

    url = come_back(client, waiting)
    assert url.startswith("https://shop.example/basket?paymentId=psp_1&")
    assert query_of(url)["status"] == "FAILED"


def test_held_money_is_paid_for_the_customer_and_pending_for_the_shop(client, project, account, script, secret):
    row = open_payment(factories.open_command(project, capture_mode="manual", **URLS))
    script.pay = [said(Outcome.ACTION_REQUIRED)]
    attempt = choose(row.id, provider="scripted", method="credit-cards").attempt
    script.fetch = [said(Outcome.AUTHORIZED)]

    assert query_of(come_back(client, attempt))["status"] == "PENDING"


def test_a_payment_of_a_chosen_method_comes_back_signed_too(client, project, account, script, secret):
    script.pay = [said(Outcome.ACTION_REQUIRED)]
    outcome = pay(factories.pay_command(project, **URLS))
    script.fetch = [said(Outcome.DECLINED)]

    url = come_back(client, outcome.attempt)

    assert url.startswith("https://shop.example/basket?")
    verify_return(secret, query_of(url))
    assert abs(int(query_of(url)["timestamp"]) - clock.now().timestamp()) < 5
