"""What holds for the main pages for everybody: light, dark and in Italian, on a desk and on a phone."""

from collections.abc import Callable

import pytest

from payments.models import OperatorItem, Project
from tests import factories
from tests.backoffice import acting, rows
from tests.scripted import Script

from .desk import Desks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WAYS: dict[str, dict[str, object]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "italian": {"locale": "it-IT", "viewport": {"width": 360, "height": 740}},
}


@pytest.fixture
def pages(project: Project, script: Script) -> Callable[[], dict[str, str]]:
    """Make a payment with a story; return the main pages by name."""
    factories.make_account(project)
    payment = acting.paid(project, script, money=(2000, "EUR"))
    rows.make_delivery(payment, 500, 404, state="due")
    item = OperatorItem.objects.create(
        project=project, payment=payment, kind="external_refund", about="re_1", next_step="Compare with the provider."
    )
    return lambda: {
        "dashboard": "/admin/",
        "payments": "/admin/payments/payment/",
        "payment": acting.page_url(payment),
        "refund": acting.act_url(payment, "refund"),
        "queue": "/admin/payments/operatoritem/",
        "item": f"/admin/payments/operatoritem/{item.pk}/change/",
        "approvals": "/admin/backoffice/refundapproval/",
        "export": "/admin/backoffice/exportjob/new/payments/",
        "exports": "/admin/backoffice/exportjob/",
        "health": "/admin/backoffice/systemhealth/",
    }


@pytest.mark.parametrize("way", [pytest.param(way, marks=[] if way == "light" else [pytest.mark.full]) for way in WAYS])
def test_axe_core_finds_nothing_serious(desks: Desks, pages: Callable[[], dict[str, str]], way: str) -> None:
    sign_in = desks.empty(**WAYS[way])
    sign_in.open("/admin/login/")
    found = {"sign-in": sign_in.serious()}
    desk = desks.sit_down(desks.hire("adam", "admin"), **WAYS[way])

    for name, path in pages().items():
        assert desk.open(path) == 200, name
        found[name] = desk.serious()

    assert {name: list(each) for name, each in found.items() if each} == {}
