"""A fraud check before the charge, as a project adds it: a Python package, or an HTTP service."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from paymenthub.kernel.money import Money
from payments.models import Attempt, OutboxEvent, Payment
from payments.outbound.secrets import seal_secrets
from payments.saga import handlers
from payments.services.pay import pay
from payments.services.results import Result
from providers.types import Outcome
from tests import factories
from tests.architecture.sources import ROOT
from tests.payments.outbound.rows import SECRET
from tests.scripted import payment

from .world import FRAUD_CHECK, the_command, with_channel, work

pytestmark = pytest.mark.django_db(transaction=True)
EXAMPLES = ROOT / "examples"
TOO_LARGE = Money(100_001, "EUR")


@pytest.fixture
def package(tmp_path: Path, monkeypatch, install):
    """Install examples/fraud_check_handler as pip does: its module, and metadata with the entry point."""
    project = EXAMPLES / "fraud_check_handler"
    metadata = tmp_path / "fraud_check_handler-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: fraud-check-handler\nVersion: 1.0\n", "utf-8")
    lines = (project / "pyproject.toml").read_text("utf-8").splitlines()
    entry = next(line for line in lines if line.startswith("fraud_check =")).replace('"', "")
    (metadata / "entry_points.txt").write_text(f"[{handlers.GROUP}]\n{entry}\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(project))
    handlers.load_installed()
    install(FRAUD_CHECK)
    yield
    handlers.forget("fraud_check")
    sys.modules.pop("fraud_check_handler", None)


@pytest.fixture
def service(project, install, settings):
    """Run examples/fraud_check_service, and install the machine with its channel."""
    settings.CALLBACK_ALLOW_PRIVATE = True
    project.callback_secrets_sealed = seal_secrets(project, [SECRET])
    project.save()
    program = [sys.executable, str(EXAMPLES / "fraud_check_service" / "service.py"), "0"]
    with subprocess.Popen(program, env={"WEBHOOK_SECRET": SECRET}, stdout=subprocess.PIPE, text=True) as running:
        port = json.loads(running.stdout.readline())["listening"]
        channel = json.loads((EXAMPLES / "fraud_check_service" / "channel.json").read_text("utf-8"))
        channel["configurations"] |= {"protocol": "http", "endpoint": "127.0.0.1", "port": port}
        install(with_channel(FRAUD_CHECK, channel))
        yield
        running.terminate()


@pytest.fixture(params=["package", "service"])
def check(request):
    request.getfixturevalue(request.param)


@pytest.mark.usefixtures("check")
def test_the_charge_is_made_once_after_the_check_has_passed(project, account, script):
    script.pay = [payment(Outcome.SUCCEEDED)]
    command = factories.pay_command(project, provider_data={"token": "tok_1"})

    first = pay(command)
    asked_before = script.count("pay")
    work()
    again = pay(command)

    assert (first.result, first.attempt, first.payment.state, asked_before) == (
        Result.PENDING,
        None,
        "FRAUD_CHECK_REQUESTED",
        0,
    )
    row = Payment.objects.get()
    assert (row.state, row.captured, script.count("pay")) == ("PAYMENT_EXECUTED", 1299, 1)
    assert script.asked[0][2].provider_data == {"token": "tok_1"}
    assert row.saga_metadata == {"fraudCheck": {"passed": True}}
    assert (again.result, again.replayed, again.payment.id) == (Result.OK, True, first.payment.id)
    assert [(t.event, t.to_state) for t in row.transitions.order_by("number")] == [
        ("paymentCreated", "PAYMENT_CREATED"),
        ("scheduleRequested", "FRAUD_CHECK_REQUESTED"),
        ("fraudCheckPassed", "PAYMENT_SCHEDULE_REQUESTED"),
        ("paymentExecutedByTheSystem", "PAYMENT_EXECUTED"),
    ]
    done = the_command()
    assert (done.state, done.tries, done.answer, len(done.log)) == ("done", 1, "fraudCheckPassed", 1)


@pytest.mark.usefixtures("check")
def test_a_payment_that_fails_the_check_never_reaches_the_provider(project, account, script):
    script.pay = [payment(Outcome.SUCCEEDED, amount=TOO_LARGE.amount)]
    command = factories.pay_command(project, money=TOO_LARGE)

    first = pay(command)
    work()

    row = Payment.objects.get()
    assert (row.state, row.captured, row.claimed_shop_transaction_id) == ("PAYMENT_FAILED", 0, None)
    assert (script.asked, Attempt.objects.count()) == ([], 0)
    assert list(OutboxEvent.objects.values_list("type", "body__status")) == [("payment.failed", "FAILED")]
    assert row.saga_metadata["fraudCheck"]["passed"] is False
    assert pay(command).payment.id != first.payment.id, "after a failure the same order may be paid anew"


@pytest.mark.usefixtures("package")
def test_money_that_is_to_be_held_is_held_after_the_check(project, account, script):
    script.pay = [payment(Outcome.AUTHORIZED)]

    pay(factories.pay_command(project, capture_mode="manual"))
    work()

    row = Payment.objects.get()
    assert (row.state, row.authorized, row.captured) == ("PAYMENT_AUTHORIZED", 1299, 0)
    assert Attempt.objects.get().kind == "authorize"


@pytest.mark.usefixtures("package")
def test_what_the_provider_asks_of_the_customer_is_answered_to_the_next_request(project, account, script):
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    command = factories.pay_command(project)

    first = pay(command)
    work()
    second = pay(command)

    assert (first.result, first.redirect_url) == (Result.PENDING, "")
    assert (second.result, second.redirect_url) == (Result.REDIRECT_TO_URL, "https://psp.test/checkout/1")
