"""The page that a customer sees where the hub has no shop page to send them to."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from payments.models import Payment


def _page(status: str, **fields: object) -> str:
    return render_to_string("payment/result.html", {"payment": Payment(**fields), "status": status})


def test_while_nothing_is_known_the_page_says_so_and_looks_again() -> None:
    text = _page("PENDING", provider="sandbox", amount=250000, currency="JPY", shop_transaction_id="NW-1")
    assert "still checking with Sandbox" in text
    assert "do not pay again" in text
    assert "fail" not in text.lower()
    assert '<meta http-equiv="refresh" content="5">' in text
    assert '<a class="button" href="">Check again</a>' in text
    assert "250000 JPY" in text


def test_a_held_amount_is_called_reserved() -> None:
    text = _page("PENDING", provider="sandbox", amount=100, authorized=100, currency="EUR")
    assert "reserved" in text
    assert "received" not in text


@pytest.mark.parametrize(
    ("status", "words"), [("ACCEPTED", "Payment received"), ("FAILED", "The payment was not made")]
)
def test_a_known_outcome_is_said_and_not_asked_for_again(status: str, words: str) -> None:
    text = _page(status, provider="sandbox", amount=12990, currency="EUR")
    assert f"<h1>{words}</h1>" in text
    assert "refresh" not in text
    assert "129.90 EUR" in text


@pytest.mark.parametrize("status", ["ACCEPTED", "FAILED", "PENDING"])
def test_the_page_needs_no_optional_field_no_script_and_no_other_host(status: str) -> None:
    text = _page(status)
    assert "<script" not in text
    assert "http://" not in text
    assert "https://" not in text
    assert "<dd></dd>" not in text


def test_what_the_shop_wrote_stays_text() -> None:
    text = _page(
        "PENDING", description="<script>alert(1)</script>", shop_transaction_id='"><b>', currency="EUR", amount=1
    )
    assert "<script" not in text
    assert "<b>" not in text


def test_the_style_sheet_is_found_and_asks_nobody_else() -> None:
    name = re.search(r'href="/static/(payment/[^"]+\.css)"', _page("FAILED"))
    assert name is not None
    path = finders.find(name[1])
    assert isinstance(path, str)
    assert "url(" not in Path(path).read_text(encoding="utf-8")
