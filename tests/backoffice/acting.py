"""How the tests of the actions act: payments at a scripted PSP, staff with some permissions, forms filled in."""

from typing import Any

from django.test import Client
from django.urls import reverse

from payments.models import Attempt, CaptureMode, Payment, Project
from payments.services.pay import pay
from providers.types import Outcome, Verdict
from tests import factories, scripted
from tests.scripted import Script
from tests.staff import make_staff

ALL = (
    "view_payment",
    "refund_payment",
    "capture_payment",
    "cancel_payment",
    "expire_payment",
    "check_payment",
    "decide_attempt",
    "view_operatoritem",
    "resolve_operatoritem",
)


def yes(call: Any, request: Any) -> Verdict:
    """A PSP that refunds everything."""
    return scripted.refund(Outcome.SUCCEEDED, request.money.amount, id=f"ref-{request.refund_reference}")


def captured(call: Any, request: Any) -> Verdict:
    """A PSP that captures everything."""
    return scripted.capture(Outcome.SUCCEEDED, request.money.amount, id=f"cap-{call.idempotency_key}")


def make_payment(project: Project, script: Script, outcome: Outcome, **over: Any) -> Payment:
    """Pay 12.99 EUR; the PSP answers with this outcome."""
    id = f"psp-{factories.ids.new_uuid().hex}"
    amount, currency = over.pop("money", (1299, "EUR"))
    script.pay = [scripted.payment(outcome, id=id, amount=amount, currency=currency)]
    money = factories.Money(amount, currency)
    return pay(factories.pay_command(project, money=money, **over)).payment


def paid(project: Project, script: Script, **over: Any) -> Payment:
    """A payment that was captured."""
    return make_payment(project, script, Outcome.SUCCEEDED, **over)


def held(project: Project, script: Script) -> Payment:
    """A payment whose money is held."""
    return make_payment(project, script, Outcome.AUTHORIZED, capture_mode=CaptureMode.MANUAL)


def waiting(project: Project, script: Script) -> Payment:
    """A payment whose customer has not paid yet."""
    return make_payment(project, script, Outcome.ACTION_REQUIRED)


def staff(*permissions: str, name: str = "marta") -> Client:
    """Log a member of staff in who has these permissions."""
    user = make_staff(name, *permissions)
    assert user.user_permissions.count() == len(permissions)
    client = Client()
    client.force_login(user)
    return client


def act_url(payment: Payment, name: str) -> str:
    """Where an action on a payment lives."""
    return reverse("admin:payments_payment_act", args=[payment.pk, name])


def decide_url(attempt: Attempt) -> str:
    """Where an attempt is decided."""
    return reverse("admin:payments_payment_decide", args=[attempt.payment_id, attempt.pk])


def page_url(payment: Payment) -> str:
    """The payment's page."""
    return reverse("admin:payments_payment_change", args=[payment.pk])


def token_of(client: Client, url: str) -> str:
    """Open an action's page and take its token."""
    answer = client.get(url)
    assert answer.status_code == 200, answer.content.decode()[-2000:]
    token: str = answer.context["token"]
    return token


def send(client: Client, url: str, token: str = "", **fields: str) -> Any:
    """Send an action's last form; without a token the page is opened first."""
    return client.post(url, {"token": token or token_of(client, url), "confirmed": "yes", **fields})


def result(client: Client, answer: Any) -> Any:
    """Follow a sent form to its result page."""
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    shown = client.get(answer.headers["Location"])
    assert shown.status_code == 200
    return shown
