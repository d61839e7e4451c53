import io
import json
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from paymenthub.kernel.log import HumanFormatter, JsonFormatter, bind, bound_ids


def record(message="hello", *args, exc_info=None, **extra):
    made = logging.LogRecord("hub.test", logging.WARNING, __file__, 1, message, args, exc_info)
    made.__dict__.update(extra)
    return made


def as_json(made, **options):
    text = JsonFormatter(**options).format(made)
    assert "\n" not in text
    return json.loads(text)


def failure():
    try:
        raise ValueError("password=hunter2")
    except ValueError:
        return sys.exc_info()


def test_line_has_time_level_logger_and_message():
    line = as_json(record("paid %s", "7"))
    assert (line["level"], line["logger"], line["message"]) == ("WARNING", "hub.test", "paid 7")
    assert datetime.fromisoformat(line["ts"]).utcoffset().total_seconds() == 0
    assert set(line) == {"ts", "level", "logger", "message"}


def test_bound_ids_are_on_the_line_nested_and_gone_after():
    with bind(request_id="r1"), bind(payment_id="pay_1", attempt_id=7):
        line = as_json(record())
        assert (line["request_id"], line["payment_id"], line["attempt_id"]) == ("r1", "pay_1", "7")
        assert bound_ids() == {"request_id": "r1", "payment_id": "pay_1", "attempt_id": "7"}
        with bind(payment_id=None):
            assert "payment_id" not in as_json(record())
    assert "request_id" not in as_json(record())


def test_ids_given_with_the_record_win():
    with bind(payment_id="pay_1"):
        assert as_json(record(payment_id="pay_2"))["payment_id"] == "pay_2"


def test_ids_of_one_thread_are_not_on_the_lines_of_another():
    with bind(request_id="r1"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(bound_ids).result() == {}


def test_unknown_ids_cannot_be_bound():
    with pytest.raises(ValueError, match="not colour"):
        bind(colour="red").__enter__()


def test_secrets_and_cards_are_masked_in_message_ids_fields_and_traceback():
    with bind(request_id="4111111111111111"):
        line = as_json(record("key phk_live_abcdef123", exc_info=failure(), path="/c/4111111111111111"))
    assert line["message"] == "key phk_live_***"
    assert line["request_id"] == line["path"].removeprefix("/c/") == "************1111"
    assert "ValueError" in line["exc"]
    assert "hunter2" not in json.dumps(line)


def test_only_listed_plain_fields_get_through():
    line = as_json(
        record(status=200, duration_ms=1.5, provider="acme", kind=None, outcome={"a": 1}, body="secret body")
    )
    assert (line["status"], line["duration_ms"], line["provider"]) == (200, 1.5, "acme")
    assert not {"kind", "outcome", "body"} & set(line)


def test_the_list_of_fields_can_be_set_but_not_to_secrets():
    line = as_json(record(colour="red", password="x"), extra_fields=["colour", "password"])
    assert line["colour"] == "red"
    assert "password" not in line


def test_stack_is_kept():
    made = record()
    made.stack_info = "Stack (most recent call last): here"
    assert as_json(made)["exc"] == "Stack (most recent call last): here"


def test_works_as_a_handlers_formatter_with_text_of_any_language():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.handle(record("größer\nzwei"))
    assert json.loads(stream.getvalue())["message"] == "größer\nzwei"


def test_human_line_is_short_masked_and_cannot_be_faked():
    with bind(payment_id="pay_1"):
        text = HumanFormatter().format(record("one\ntwo password=hunter2", exc_info=failure()))
    first, *rest = text.splitlines()
    assert first[8:] == " WARNING hub.test: one\\ntwo password=*** payment_id=pay_1"
    assert rest[-1] == "ValueError: password=***"
