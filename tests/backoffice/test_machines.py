"""Machines in the backoffice: seen as pictures, uploaded, confirmed, chosen; by those who may."""

import html
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from payments.models import AuditEntry, MachineDefinition, Payment, Project
from tests import factories
from tests.backoffice import acting, rows
from tests.scripted import Script

pytestmark = pytest.mark.django_db(transaction=True)

SMALL = Path(__file__).parents[1] / "payments/domain/machines/good/small.json"
INSTALL = reverse("admin:payments_machinedefinition_install")


@pytest.fixture
def able() -> Client:
    return acting.staff("view_machinedefinition", "install_machine", "view_project", name="able")


def upload(client: Client, project: Project, content: bytes | None = None, **over: str):
    file = SimpleUploadedFile("machine.json", SMALL.read_bytes() if content is None else content)
    return client.post(INSTALL, {"project": str(project.pk), "file": file, "reason": "A new shop.", **over})


def token_of(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


def text_of(answer) -> str:
    return html.unescape(answer.content.decode())


def test_an_upload_says_what_changes_and_installs_only_once_that_is_confirmed(project: Project, able: Client) -> None:
    confirm = text_of(upload(able, project))

    assert "start with this machine instead of payment version 1." in confirm
    assert "New states: NEW, ASKED, WAITING, PAID, GIVING_BACK, OVER." in confirm
    assert "Payments begin in NEW instead of PAYMENT_CREATED." in confirm
    assert "event paymentAuthorizationRequested: no way, so nothing can be authorised" in confirm
    assert not MachineDefinition.objects.exists()

    done = able.post(INSTALL, {"confirmed": "yes", "token": token_of(confirm)}, follow=True)

    row = MachineDefinition.objects.get()
    project.refresh_from_db()
    assert project.active_machine == row
    assert (row.installed_by, AuditEntry.objects.get().note) == ("able", "A new shop.")
    assert f"{row} is installed. New payments of {project} start with it." in text_of(done)
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="pm"' in text_of(done)


def test_a_bad_file_is_refused_with_every_problem_and_nothing_is_stored(project: Project, able: Client) -> None:
    told = text_of(upload(able, project, SMALL.read_bytes().replace(b'"target', b'"traget', 1)))

    assert "state NEW: event scheduleRequested: 'targetState' is missing" in told
    assert "'tragetState' is not known here; perhaps 'targetState' is meant" in told
    assert "is no JSON" in text_of(upload(able, project, b"{"))
    assert "must not be larger" in text_of(upload(able, project, b" " * 1_000_001))
    assert not MachineDefinition.objects.exists()


def test_a_confirm_page_is_good_for_its_person_and_while_the_project_stays_as_it_was(
    project: Project, able: Client
) -> None:
    token = token_of(text_of(upload(able, project)))
    other = acting.staff("view_machinedefinition", "install_machine", name="other")

    assert other.post(INSTALL, {"confirmed": "yes", "token": token}).status_code == 409
    assert able.post(INSTALL, {"confirmed": "yes", "token": token + "x"}).status_code == 409
    assert able.post(INSTALL, {"confirmed": "yes", "token": token}).status_code == 302
    again = able.post(INSTALL, {"confirmed": "yes", "token": token})

    assert (again.status_code, MachineDefinition.objects.count()) == (409, 1)


def test_nobody_installs_or_chooses_without_the_permission(project: Project) -> None:
    clerk = acting.staff("view_machinedefinition", "view_project", name="clerk")
    use = reverse("admin:payments_machinedefinition_use", args=[project.pk])

    assert [clerk.get(url).status_code for url in (INSTALL, use)] == [403, 403]
    assert upload(clerk, project).status_code == 403
    listed = clerk.get(reverse("admin:payments_machinedefinition_changelist"))
    assert (listed.status_code, INSTALL in listed.content.decode()) == (200, False)


def test_a_project_goes_back_to_the_default_with_a_reason(project: Project, able: Client) -> None:
    project.active_machine = rows.make_machine(project)
    project.save()
    use = reverse("admin:payments_machinedefinition_use", args=[project.pk])
    foreign = rows.make_machine(factories.make_project())

    assert able.post(use, {"machine": "", "reason": ""}).status_code == 200
    assert able.post(use, {"machine": str(foreign.pk), "reason": "Theirs."}).status_code == 200
    project.refresh_from_db()
    assert project.active_machine is not None
    assert able.post(use, {"machine": "", "reason": "It was wrong."}).status_code == 302

    project.refresh_from_db()
    assert project.active_machine is None
    assert AuditEntry.objects.get().after == {"machine": "the hub's default machine"}


def test_a_payments_page_shows_its_machine_with_its_state_lit_and_its_past_marked(
    project: Project, script: Script, superuser: Client
) -> None:
    factories.make_account(project)
    payment = acting.paid(project, script)

    page = text_of(superuser.get(acting.page_url(payment)))

    assert page.count('<svg xmlns="http://www.w3.org/2000/svg" class="pm"') == 3
    assert "The current state is PAYMENT_EXECUTED." in page
    lit = re.findall(r'<g class="lit"><title>(\w+)', page)
    past = re.findall(r'<g class="past"><title>(\w+)', page)
    assert (set(lit), set(past)) == ({"PAYMENT_EXECUTED"}, {"PAYMENT_CREATED", "PAYMENT_SCHEDULE_REQUESTED"})


def test_a_payment_whose_machine_is_gone_still_has_its_page(
    project: Project, script: Script, superuser: Client
) -> None:
    factories.make_account(project)
    payment = acting.paid(project, script)
    Payment.objects.filter(pk=payment.pk).update(machine="gone@000000000000")

    answer = superuser.get(acting.page_url(payment))

    assert (answer.status_code, 'class="pm"' in answer.content.decode()) == (200, False)


def test_the_values_of_a_channels_headers_are_not_shown(project: Project, superuser: Client) -> None:
    row = rows.make_machine(project, file=SMALL)

    page = text_of(superuser.get(reverse("admin:payments_machinedefinition_change", args=[row.pk])))

    assert '"x-shop": "(not shown)"' in page
    assert "never-shown" not in page
