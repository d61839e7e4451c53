"""Every word of Stripe's means exactly one thing, and what the driver is pinned to is what it was written for."""

import itertools
from importlib.metadata import version

import pytest
import stripe

from providers.drivers.stripe import config, declines, params, statuses
from providers.types import DeclineReason, Outcome

from . import spec_guard

described = pytest.mark.skipif(not spec_guard.is_there(), reason=spec_guard.MISSING)


@described
def test_every_pair_of_a_session_is_classified():
    pairs = itertools.product(
        spec_guard.enum_of("checkout.session", "status"), spec_guard.enum_of("checkout.session", "payment_status")
    )
    assert set(statuses.SESSION) == set(pairs)


@described
def test_every_word_of_an_intent_is_classified():
    assert set(statuses.INTENT) == spec_guard.enum_of("payment_intent", "status")


@described
def test_every_language_of_the_hosted_page_is_known():
    assert params.LOCALES | {"auto"} == spec_guard.enum_of("checkout.session", "locale")


def test_only_paid_pairs_of_a_session_are_a_success():
    succeeded = {pair for pair, outcome in statuses.SESSION.items() if outcome is Outcome.SUCCEEDED}
    assert succeeded == {
        ("open", "paid"),
        ("complete", "paid"),
        ("expired", "paid"),
        ("complete", "no_payment_required"),
    }


def test_only_one_word_of_an_intent_is_a_success():
    assert [word for word, outcome in statuses.INTENT.items() if outcome is Outcome.SUCCEEDED] == ["succeeded"]


def test_the_pinned_version_is_the_one_that_the_sdks_types_describe():
    assert stripe.api_version == config.API_VERSION
    assert version("stripe").startswith("16.")


@pytest.mark.parametrize(
    ("error", "reason", "again"),
    [
        ({"code": "card_declined", "decline_code": "insufficient_funds"}, DeclineReason.INSUFFICIENT_FUNDS, True),
        ({"code": "expired_card"}, DeclineReason.EXPIRED_CARD, False),
        ({"code": "card_declined", "decline_code": "stolen_card"}, DeclineReason.STOLEN_CARD, False),
        ({"code": "card_declined", "decline_code": "fraudulent"}, DeclineReason.FRAUD_SUSPECTED, False),
        ({"code": "authentication_required"}, DeclineReason.AUTHENTICATION_REQUIRED, True),
        ({"code": "payment_intent_authentication_failure"}, DeclineReason.AUTHENTICATION_FAILED, True),
        ({"code": "card_declined", "decline_code": "word_of_tomorrow"}, DeclineReason.OTHER, True),
        ({}, DeclineReason.OTHER, True),
        (
            {"code": "card_declined", "decline_code": "do_not_honor", "advice_code": "do_not_try_again"},
            DeclineReason.CARD_DECLINED,
            False,
        ),
    ],
)
def test_a_decline_is_told_in_our_words(error: dict[str, str], reason: DeclineReason, again: bool):
    told = declines.decline(error)

    assert (told.reason, told.may_retry) == (reason, again)
    assert told.code == (error.get("decline_code") or error.get("code") or "")


def test_a_declines_message_holds_no_card_number():
    assert "4242424242424242" not in declines.decline({"message": "Card 4242 4242 4242 4242 is bad."}).message
