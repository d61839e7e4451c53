import pytest

from paymenthub.kernel._exchange import redact_body

CARD = "4111111111111111"


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b'{"cvc":"123","a":1}', "application/json", '{"cvc": "***", "a": 1}'),
        (b"a=1&card%5Bnumber%5D=4111111111111111&card[cvc]=123&d=", "application/x-www-form-urlencoded", None),
        (b"<x><cvv>123</cvv></x>", "text/xml", "<x><cvv>***</cvv></x>"),
        (b"plain " + CARD.encode(), "", "plain ************1111"),
        (b"", "", ""),
        (b"\xff\xfe", "", "\ufffd\ufffd"),
        (b"[" * 50_000, "application/json", "[" * 8192 + "…"),
    ],
)
def test_bodies_of_every_kind_are_redacted(body, content_type, expected):
    text = redact_body(body, content_type)
    assert text == ("a=1&card[number]=***&card[cvc]=***&d=" if expected is None else expected)


def test_long_body_is_cut_after_it_was_redacted():
    body = b'{"a": "' + b"x" * 8170 + CARD.encode() + b'", "cvc": "123"}'
    text = redact_body(body)
    assert len(text) == 8193
    assert "411111" not in text


def test_very_long_body_is_redacted_in_the_part_that_is_kept():
    body = b'{"password": "hunter2", "n": "' + CARD.encode() + b" " + b"x " * 100_000 + b'"}'
    text = redact_body(body)
    assert len(text) == 8193
    assert "hunter2" not in text
    assert CARD not in text
