import uuid

import pytest

from paymenthub.kernel import ids

KNOWN = uuid.UUID("0197a5b0-1c2d-7e3f-8a9b-0c1d2e3f4a5b")


def test_new_uuids_are_version_7_plain_and_in_the_order_of_their_making():
    made = [ids.new_uuid() for _ in range(200)]
    assert {item.version for item in made} == {7}
    assert {type(item) for item in made} == {uuid.UUID}
    assert sorted(made) == made
    assert len(set(made)) == 200


def test_public_id_is_the_prefix_and_the_hex_digits():
    assert ids.public_id(ids.PAYMENT, KNOWN) == "pay_0197a5b01c2d7e3f8a9b0c1d2e3f4a5b"


@pytest.mark.parametrize("text", [f"pay_{KNOWN.hex}", KNOWN.hex, str(KNOWN), str(KNOWN).upper()])
def test_public_id_is_read_with_and_without_prefix_and_dashes(text):
    assert ids.parse_public_id(ids.PAYMENT, text) == KNOWN


@pytest.mark.parametrize(
    "text",
    [
        f"rf_{KNOWN.hex}",
        f"pay_{KNOWN}",
        f"pay_pay_{KNOWN.hex}",
        f"PAY_{KNOWN.hex}",
        f"pay_{KNOWN.hex}\n",
        f" {KNOWN}",
        f"{{{KNOWN}}}",
        f"urn:uuid:{KNOWN}",
        KNOWN.hex[:-1],
        KNOWN.hex + "0",
        "pay_",
        "",
        None,
        7,
    ],
)
def test_anything_else_is_no_public_id(text):
    assert ids.parse_public_id(ids.PAYMENT, text) is None


def test_tokens_are_url_safe_long_enough_and_never_the_same():
    tokens = {ids.random_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {22}
    assert len(ids.random_token(32)) == 43
    assert all(token.replace("-", "").replace("_", "").isalnum() for token in tokens)


def test_prefixes_are_distinct():
    prefixes = [
        ids.PAYMENT,
        ids.REFUND,
        ids.SUBSCRIPTION,
        ids.PAYMENT_LINK,
        ids.EVENT,
        ids.ATTEMPT,
        ids.ENDPOINT,
        ids.PROJECT,
    ]
    assert prefixes == ["pay", "rf", "sub", "plink", "evt", "att", "we", "prj"]
