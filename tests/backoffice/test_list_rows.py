"""The rows of the big lists are what unfold would have written, letter by letter but for blanks."""

import re

import pytest
from django.template import Context, Template
from django.test import Client
from django.urls import reverse

from payments.models import Payment
from tests import factories
from tests.backoffice import rows
from tests.staff import make_staff

pytestmark = pytest.mark.django_db

_HUB = Template("{% load hub_rows %}{% hub_rows cl %}")
_UNFOLD = Template("{% load unfold_list %}{% unfold_result_list cl %}")


def _without_blanks(html: str) -> str:
    return re.sub(r"\s+(?=>)", "", re.sub(r">\s+<", "><", re.sub(r"\s+", " ", html))).strip()


@pytest.mark.parametrize("query", ["", "?q=nothing-like-it"])
def test_rows_are_written_as_unfold_writes_them(query: str) -> None:
    account = rows.make_account(factories.make_project())
    for shop_id in ("order-1", "<script>alert(1)</script>&amp;{0}"):
        rows.make_payment(account, shop_transaction_id=shop_id)
    staff = make_staff("reader", "view_payment", "refund_payment", "check_payment")
    client = Client()
    client.force_login(staff)

    shown = client.get(reverse("admin:payments_payment_changelist") + query)

    context = {"cl": shown.context["cl"], "request": shown.wsgi_request, "opts": Payment._meta}
    ours = _HUB.render(Context(context))
    assert _without_blanks(ours) == _without_blanks(_UNFOLD.render(Context(context)))
    assert ours.strip() in shown.content.decode()
    assert "<script>alert" not in ours
    assert ("&lt;script&gt;" in ours) is (query == "")
