"""Front ends' subscriptions: created by a server, paid by the method that was chosen, ended by a backoffice."""

import pytest

from payments.models import Subscription
from payments.services.merchants import create_api_key
from tests.payments.api.conftest import OrderSystem, error_of
from tests.payments.subscriptions import world

pytestmark = pytest.mark.django_db(transaction=True)

BODY = {
    "amount": 990,
    "currency": "EUR",
    "shopTransactionId": "club-7",
    "subscriptionInfo": {"interval": "MONTH", "runBy": "hub"},
}


@pytest.fixture
def psp(script):
    return world.opened(script)


def pay(shop, saga):
    body = {"sagaId": saga, "provider": "scripted", "paymentMethod": "credit-cards"}
    return shop.post("/pgm-bff/pay-recurrent", body)


def test_it_is_created_without_a_method_and_paid_once_one_is_chosen(shop, psp):
    created = shop.post("/pgm-bff/create", BODY).json()
    row = Subscription.objects.get()
    assert (created, psp.calls, row.run_by) == ({"sagaId": row.public_id, "currentState": "CREATED"}, 0, "hub")

    paid, again = pay(shop, row.public_id), pay(shop, row.public_id)
    row.refresh_from_db()
    assert (paid.json()["result"], again.json()["result"], psp.calls) == ("OK", "OK", 1)
    assert (row.state, row.provider, row.method, row.token) == ("ACTIVE", "scripted", "credit-cards", world.TOKEN)


def test_the_backoffice_ends_it_on_the_renewal_day(shop, backoffice, psp):
    saga = shop.post("/pgm-bff/create", BODY).json()["sagaId"]
    pay(shop, saga)
    ended = backoffice.delete(f"/pgm-bff/expire?sagaId={saga}")
    assert (ended.status_code, ended.json()["metadata"]["expireRequested"]) == (200, True)
    assert Subscription.objects.get().expire_requested


def test_a_web_page_may_name_no_price(project, account, psp):
    page = OrderSystem(create_api_key(project=project, mode="test", scopes=["checkout"]).secret)
    assert page.post("/pgm-bff/create", BODY).status_code == 403
    assert not Subscription.objects.exists()


def test_wrong_bodies_are_refused(shop, psp):
    assert error_of(shop.post("/pgm-bff/create", BODY | {"amount": 0})) == (400, "invalid_field", "regularAmount")
    assert error_of(pay(shop, "sub_unknown"))[:2] == (404, "not_found")
    assert error_of(shop.post("/pgm-bff/pay-recurrent", {})) == (400, "invalid_field", "sagaId")
    assert psp.calls == 0
