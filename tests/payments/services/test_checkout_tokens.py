"""Tokens of the checkout: opened once, within minutes, and kept as a hash."""

import pytest
from django.core import signing

from paymenthub.kernel import clock
from paymenthub.kernel.errors import NotFound
from payments.models import CheckoutToken
from payments.services.checkout_tokens import (
    TokenExpired,
    TokenUsed,
    checkout_url,
    client_token,
    exchange,
    issue,
    payment_of_client_token,
    purge,
)
from payments.services.open_payment import open_payment
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def opened(project):
    return open_payment(factories.open_command(project))


def test_s61_a_token_opens_its_payment_once(opened):
    token = issue(opened)

    assert len(token) >= 43  # 256 bits
    assert exchange(token) == opened.id
    with pytest.raises(TokenUsed):
        exchange(token)


def test_s61_a_token_is_kept_as_a_hash(opened):
    token = checkout_url(opened).rpartition("/payment/t/")[2]

    assert token not in CheckoutToken.objects.get().token_hash
    with pytest.raises(NotFound):
        exchange(CheckoutToken.objects.get().token_hash)


@pytest.mark.parametrize("token", ["", "guess", "A" * 43, "x" * 100_000, "\x00"])
def test_s61_a_guessed_token_is_none(opened, token):
    issue(opened)

    with pytest.raises(NotFound):
        exchange(token)


def test_a_token_is_too_old_after_a_quarter_of_an_hour(opened):
    token = issue(opened)

    with clock.advanced(901), pytest.raises(TokenExpired):
        exchange(token)
    with clock.advanced(899):
        assert exchange(token) == opened.id


def test_old_tokens_are_purged_and_young_ones_are_not(opened):
    old, used = issue(opened), issue(opened)
    exchange(used)
    with clock.advanced(86_400 + 901):
        young = issue(opened)
        assert (purge(), CheckoutToken.objects.count()) == (0, 1)  # its payment's own went with the new one
        assert exchange(young) == opened.id
    with clock.advanced(3 * 86_400):
        assert purge() == 1
        with pytest.raises(NotFound):
            exchange(old)


def test_a_browsers_token_is_for_one_payment_until_its_checkout_ends(opened):
    token = client_token(opened)

    assert payment_of_client_token(token) == opened.id
    with clock.frozen(opened.checkout_ends_at), clock.advanced(2), pytest.raises(TokenExpired):
        payment_of_client_token(token)


@pytest.mark.parametrize(
    "forged",
    ["", "a.b.c", signing.dumps(["00", 1]), signing.dumps("x", salt="payments.checkout.client")],
    ids=["nothing", "of another form", "signed for something else", "signed and no pair"],
)
def test_s61_a_forged_browsers_token_is_none(opened, forged):
    with pytest.raises(NotFound):
        payment_of_client_token(forged)
    with pytest.raises(NotFound):
        payment_of_client_token(client_token(opened)[:-1] + "!")
