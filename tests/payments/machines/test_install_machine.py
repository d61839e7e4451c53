"""A project's own machine: installed, chosen, kept; payments stay on the version they started with."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from paymenthub.kernel.errors import NotFound, UnsupportedOperation
from payments.checks import settings_make_sense
from payments.domain.attempt import ItemKind
from payments.models import (
    AuditEntry,
    CaptureMode,
    MachineDefinition,
    OperatorItem,
    OutboxEvent,
    Payment,
    Project,
    Source,
)
from payments.saga.advance import advance
from payments.saga.change import Change
from payments.selectors import machines
from payments.selectors.saga_history import history_of
from payments.selectors.status import Status, status_of
from payments.services.check_now import check_now
from payments.services.install_machine import By, check_machine, install_machine, use_machine
from payments.services.pay import pay
from providers.types import Outcome
from tests import factories
from tests.scripted import payment as told

pytestmark = pytest.mark.django_db(transaction=True)

SMALL = Path(__file__).parents[1] / "domain/machines/good/small.json"
BY = By(actor="ada", reason="A shop of its own kind.")


def content(**over: object) -> bytes:
    return json.dumps({**json.loads(SMALL.read_text(encoding="utf-8")), **over}).encode()


def renamed(old: str, new: str) -> bytes:
    return SMALL.read_bytes().replace(old.encode(), new.encode())


def install(project: Project, file: bytes) -> MachineDefinition:
    row, _ = install_machine(project=project, checked=check_machine(file), by=BY)
    project.refresh_from_db()
    return row


def start(project: Project, script, outcome: Outcome = Outcome.PENDING) -> Payment:
    script.pay.append(told(outcome))
    return pay(factories.pay_command(project)).payment


def feed(payment: Payment, event: str, **delta: object) -> None:
    change = Change(payment, source=Source.SYSTEM)
    advance(change, [event], delta=delta)
    change.save()


def test_a_projects_machine_drives_its_new_payments_and_nobody_elses(project, account, script):
    other = factories.make_project()
    factories.make_account(other)

    row = install(project, SMALL.read_bytes())
    mine, theirs = start(project, script), start(other, script)

    assert (row.name, row.version) == (f"small-shop@{project.id.hex[-12:]}", 1)
    assert (mine.machine, mine.machine_version, mine.state) == (row.name, 1, "WAITING")
    assert (theirs.machine, theirs.machine_version, theirs.state) == ("payment", 1, "PAYMENT_PENDING")


def test_a_running_payment_stays_on_its_version_and_its_verdicts_are_applied_there(project, account, script):
    install(project, SMALL.read_bytes())
    early = start(project, script)
    second = install(project, renamed("WAITING", "PONDERING"))
    late = start(project, script)

    for payment in (early, late):
        feed(payment, "paymentExecuted")

    assert (second.version, early.machine_version, late.machine_version) == (2, 1, 2)
    assert [state["state"] for state in history_of(early)["states"]] == ["NEW", "ASKED", "WAITING", "PAID"]
    assert [state["state"] for state in history_of(late)["states"]] == ["NEW", "ASKED", "PONDERING", "PAID"]


def test_a_payment_is_paid_and_told_on_a_machine_of_ones_own(project, account, script):
    install(project, SMALL.read_bytes())

    payment = start(project, script, Outcome.SUCCEEDED)

    assert (payment.state, payment.captured, status_of(payment)) == ("PAID", 1299, Status.ACCEPTED)
    assert list(OutboxEvent.objects.values_list("type", flat=True)) == ["payment.captured"]


def test_going_back_to_the_default_leaves_running_payments_on_theirs(project, account, script):
    row = install(project, SMALL.read_bytes())
    running = start(project, script)

    use_machine(project=project, machine=None, by=BY)
    project.refresh_from_db()
    fresh = start(project, script)
    feed(running, "paymentExecuted")

    assert (running.machine, running.state) == (row.name, "PAID")
    assert fresh.machine == "payment"


def test_an_older_version_may_be_chosen_again_and_one_of_another_project_never(project):
    first = install(project, SMALL.read_bytes())
    install(project, renamed("WAITING", "PONDERING"))

    use_machine(project=project, machine=first, by=BY)
    project.refresh_from_db()
    with pytest.raises(NotFound):
        use_machine(project=factories.make_project(), machine=first, by=BY)

    assert project.active_machine == first


def test_the_same_definition_is_installed_once_and_a_change_back_is_a_version_of_its_own(project):
    checked = check_machine(SMALL.read_bytes())

    first, is_new = install_machine(project=project, checked=checked, by=BY)
    again, is_new_again = install_machine(project=project, checked=checked, by=BY)
    install(project, renamed("WAITING", "PONDERING"))
    back, _ = install_machine(project=project, checked=checked, by=BY)

    assert (is_new, is_new_again) == (True, False)
    assert (first.pk, first.version, back.version) == (again.pk, 1, 3)


def test_who_installed_and_chose_what_and_why_is_kept(project):
    row = install(project, SMALL.read_bytes())
    use_machine(project=project, machine=None, by=By("bob", "Back to normal.", "192.0.2.7"))

    first, second = AuditEntry.objects.order_by("id")
    name = f"{row.name} version 1"
    assert (first.action, first.actor, first.note, first.before, first.after) == (
        "install_machine",
        "ada",
        "A shop of its own kind.",
        {"machine": "the hub's default machine"},
        {"machine": name},
    )
    assert (second.action, second.actor, second.address, second.before["machine"]) == (
        "use_machine",
        "bob",
        "192.0.2.7",
        name,
    )


def test_an_installed_machine_can_neither_be_changed_nor_deleted(project):
    row = install(project, SMALL.read_bytes())

    for change in (
        lambda: MachineDefinition.objects.filter(pk=row.pk).update(version=9),
        lambda: MachineDefinition.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_choosing_the_machine_costs_a_payment_no_statement(project, account, script, django_assert_num_queries):
    install(project, SMALL.read_bytes())
    project = Project.objects.select_related("principal").get(pk=project.pk)
    machines.active_for(project)

    with django_assert_num_queries(0):
        assert machines.active_for(project).name.startswith("small-shop@")


def test_a_machine_that_cannot_authorise_says_so_and_stores_nothing(project, account, script):
    install(project, SMALL.read_bytes())

    with pytest.raises(UnsupportedOperation, match="asks nothing of a provider for this in state NEW"):
        pay(factories.pay_command(project, capture_mode=CaptureMode.MANUAL))

    assert not Payment.objects.exists()


def test_news_for_a_payment_whose_machine_is_gone_is_recorded_told_and_put_before_an_operator(project, account, script):
    script.pay.append(told(Outcome.PENDING))
    payment = pay(factories.pay_command(project)).payment
    Payment.objects.filter(pk=payment.pk).update(machine="gone@000000000000", machine_version=4)
    script.fetch.append((told(Outcome.SUCCEEDED),))

    check_now(payment, actor="ada")
    payment.refresh_from_db()

    assert (payment.captured, payment.state, status_of(payment)) == (1299, "PAYMENT_PENDING", Status.ACCEPTED)
    assert list(OutboxEvent.objects.values_list("type", flat=True)) == ["payment.captured"]
    item = OperatorItem.objects.get()
    assert (item.kind, item.about) == (ItemKind.MACHINE_MISSING, payment.public_id)
    assert "gone@000000000000 version 4" in item.next_step


def test_a_refusal_for_a_payment_whose_machine_is_gone_frees_its_shop_transaction(project, account, script):
    payment = start(project, script)
    Payment.objects.filter(pk=payment.pk).update(machine="gone@000000000000")
    payment.refresh_from_db()

    feed(payment, "paymentFailed")

    assert (status_of(payment), payment.transitions.last().unexpected) == (Status.FAILED, True)


def test_metadata_that_cannot_be_merged_never_holds_an_event_back(project, account, script):
    payment = start(project, script)
    feed(payment, "update", list=[1])

    feed(payment, "paymentExecuted", list={"4000000000": 1})

    assert (payment.state, payment.saga_metadata) == ("PAYMENT_EXECUTED", {"list": [1]})
    assert OperatorItem.objects.get().kind == ItemKind.METADATA_REFUSED


def test_a_machine_file_is_the_default_of_every_project_and_outlives_its_file(
    project, account, script, settings, tmp_path
):
    file = tmp_path / "machine.json"
    file.write_bytes(content(name="house", creationEvent=f"made{project.id.hex}"))
    settings.PAYMENT_MACHINE_FILE = str(file)

    payment = start(project, script)
    settings.PAYMENT_MACHINE_FILE = ""
    machines._installed.cache_clear()
    feed(payment, "paymentExecuted")

    row = MachineDefinition.objects.get()
    assert (row.project, row.name, row.installed_by) == (None, payment.machine, "PAYMENT_MACHINE_FILE")
    assert payment.machine.startswith("house@")
    assert payment.state == "PAID"


def test_a_projects_own_machine_goes_before_the_file(project, account, script, settings, tmp_path):
    file = tmp_path / "machine.json"
    file.write_bytes(content(name="house"))
    settings.PAYMENT_MACHINE_FILE = str(file)

    install(project, SMALL.read_bytes())

    assert start(project, script).machine.startswith("small-shop@")


def test_a_bad_machine_file_is_told_by_the_system_check(settings, tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_bytes(content(initialState="NOWHERE"))

    for path, said in ((bad, "initialState 'NOWHERE' is no state"), (tmp_path / "none.json", "cannot be read")):
        settings.PAYMENT_MACHINE_FILE = str(path)
        found = [error for error in settings_make_sense() if error.id == "payments.E005"]
        assert said in found[0].msg


def test_the_command_checks_installs_and_goes_back(project, tmp_path):
    out = StringIO()
    shop = f"{project.principal.name}/{project.name}"

    call_command("install_machine", str(SMALL), check=True, stdout=out)
    assert not MachineDefinition.objects.exists()
    call_command("install_machine", str(SMALL), project=shop, by="ada", reason="Try it.", stdout=out)
    call_command("install_machine", str(SMALL), project=shop, stdout=out)
    call_command("install_machine", project=shop, default=True, stdout=out)

    project.refresh_from_db()
    assert project.active_machine is None
    assert AuditEntry.objects.order_by("id").first().actor == "ada"
    said = out.getvalue()
    assert "can be installed: small-shop, 6 states." in said
    assert f"Installed: small-shop@{project.id.hex[-12:]} version 1. New payments of {project.name}" in said
    assert "Was installed already" in said
    assert "start with the hub's default machine." in said
    assert "Notice: state NEW: event paymentAuthorizationRequested: no way, so nothing can be authorised" in said


def test_the_command_says_what_is_wrong_and_what_to_do(project, tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_bytes(content(initialState="NOWHERE"))

    with pytest.raises(CommandError, match="correct it and run this again:\n  machine: initialState 'NOWHERE'"):
        call_command("install_machine", str(bad), check=True)
    with pytest.raises(CommandError, match="Name the file, and --project"):
        call_command("install_machine", str(SMALL))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("install_machine", str(tmp_path / "none.json"), check=True)
    with pytest.raises(CommandError, match="There is no project 'nobody'"):
        call_command("install_machine", str(SMALL), project="nobody")
