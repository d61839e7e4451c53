"""Principals and projects through the door of staff, and what the API makes of it."""

import json

import pytest
from django.test import Client

from payments.models import AuditEntry, Principal, Project
from payments.outbound.secrets import open_secrets
from payments.services.merchants import create_api_key
from tests import factories

from .conftest import MANAGE, VIEW, Person, errors_of, secret_in

pytestmark = pytest.mark.django_db(transaction=True)

PLAIN = {"name": "espresso", "timezone": "Europe/Rome", "callback_url": "https://erp.example/in"}


def status_with(secret: str) -> int:
    return Client().get("/v1/payments", headers={"secret": secret}).status_code


def test_a_principal_and_a_project_are_made(ada, url):
    assert ada.send(url("principal_new"), name="Acme").status_code == 302
    principal = Principal.objects.get()
    answer = ada.send(url("project_new"), principal=str(principal.pk), **PLAIN)

    project = Project.objects.get()
    assert (project.principal, project.name, project.timezone, project.callback_url) == (
        principal, "espresso", "Europe/Rome", "https://erp.example/in",
    )  # fmt: skip
    assert open_secrets(project) == [secret_in(answer)]
    assert [entry.action for entry in AuditEntry.objects.order_by("id")] == ["principal", "project"]
    assert secret_in(answer) not in json.dumps(list(AuditEntry.objects.values("message", "before", "after")))


def test_the_project_sent_again_is_refused_and_its_secret_stays(ada, url, project):
    fields = {"principal": str(project.principal_id), **PLAIN}
    secret = secret_in(ada.send(url("project_new"), **fields))
    again = ada.send(url("project_new"), **fields)
    assert list(errors_of(again)) == ["name"]
    assert open_secrets(Project.objects.get(name="espresso")) == [secret]


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"callback_url": "ftp://x"}, "callback_url"),
        ({"name": "a" * 65}, "name"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(ada, url, project, over, field):
    answer = ada.send(url("project_edit", project), **{**PLAIN, **over})
    assert list(errors_of(answer)) == [field]
    assert AuditEntry.objects.count() == 0


def test_a_callback_address_with_a_secret_is_not_shown_and_stays_until_it_is_taken_away(ada, url, project):
    project.callback_url = "https://erp.example/in?token=never-shown"
    project.save()
    page = url("project_edit", project)
    assert "never-shown" not in ada.get(page).content.decode()

    ada.send(page, name="espresso", timezone="UTC", callback_url="")
    assert Project.objects.get().callback_url == "https://erp.example/in?token=never-shown"

    ada.send(page, name="espresso", timezone="UTC", callback_url="", no_callback_url="on")
    assert Project.objects.get().callback_url == ""
    assert "never-shown" not in json.dumps(list(AuditEntry.objects.values("message", "before", "after")))


def test_an_inactive_projects_keys_are_refused_at_once_and_work_again_after(ada, url, project):
    secret = create_api_key(project=project, mode="test", scopes=["read"]).secret
    assert status_with(secret) == 200

    ada.send(url("project_standing", project), standing="inactive")
    assert status_with(secret) == 401

    ada.send(url("project_standing", project), standing="active")
    assert status_with(secret) == 200
    changes = [(e.before["standing"], e.after["standing"]) for e in AuditEntry.objects.order_by("id")]
    assert changes == [("active", "inactive"), ("inactive", "active")]


def test_an_inactive_principal_stops_all_its_projects(ada, url, project):
    secret = create_api_key(project=project, mode="test", scopes=["read"]).secret
    ada.send(url("principal_standing", project.principal), standing="inactive")
    assert status_with(secret) == 401


def test_a_project_is_deleted_by_who_types_its_name(ada, url, project):
    page = url("project_standing", project)
    assert list(errors_of(ada.send(page, standing="deleted", typed="another"))) == ["typed"]
    assert ada.send(page, standing="deleted", typed=project.name).status_code == 302
    project.refresh_from_db()
    assert project.standing == "deleted"


def test_a_change_on_a_page_that_is_out_of_date_is_refused(ada, url, project):
    seen = ada.hidden(url("project_edit", project))
    ada.send(url("project_standing", project), standing="inactive")

    answer = ada.send(url("project_edit", project), seen, **PLAIN)

    project.refresh_from_db()
    assert (answer.status_code, project.standing) == (409, "inactive")
    assert "standing: active → inactive" in answer.content.decode()


def test_the_version_of_another_row_is_no_version(ada, url, project):
    seen = ada.hidden(url("project_edit", factories.make_project()))
    answer = ada.send(url("project_edit", project), seen, **PLAIN)
    assert list(errors_of(answer)) == ["seen"]


def test_the_projects_own_signing_secret_is_replaced_with_an_overlap(ada, url, project):
    first = secret_in(ada.send(url("project_secret", project), overlap="0"))
    second = secret_in(ada.send(url("project_secret", project), overlap="86400"))
    assert open_secrets(Project.objects.get()) == [second, first]


def test_the_page_of_a_project_holds_a_call_to_copy(ada, url, project, settings):
    settings.HUB_PUBLIC_URL = "https://pay.example"
    page = ada.get(url("project_change", project)).content.decode()
    assert "curl https://pay.example/v1/payments" in page
    assert "phk_test_YOUR_KEY" in page
    assert 'href="https://pay.example/documentation"' in page


def test_who_sees_some_projects_makes_none_and_changes_no_principal(project, url):
    foreign = factories.make_project()
    clerk = Person(*MANAGE, *VIEW, name="clerk", projects=(project,))

    for page in ("principal_new", "project_new"):
        assert (clerk.get(url(page)).status_code, clerk.client.post(url(page), PLAIN).status_code) == (403, 403)
    for page in ("principal_edit", "principal_standing"):
        assert clerk.get(url(page, project.principal)).status_code == 403
    for page in ("project_edit", "project_standing", "project_secret", "project_redirects", "project_origins"):
        assert (clerk.get(url(page, foreign)).status_code, clerk.get(url(page, project)).status_code) == (404, 200)


@pytest.mark.parametrize(
    "page",
    ["project_new", "project_edit", "project_standing", "project_secret", "project_redirects", "project_origins"],
)
def test_nobody_without_the_permission(project, url, page):
    viewer = Person(*VIEW, name="viewer")
    target = url(page) if page.endswith("new") else url(page, project)
    assert (viewer.get(target).status_code, viewer.client.post(target, PLAIN).status_code) == (403, 403)
    assert (
        target not in viewer.get(url("project_change", project)).content.decode()
        or "redirects" in page
        or "origins" in page
    )


def test_markup_in_names_is_shown_as_text(ada, url, project):
    project.name = "<script>alert(1)</script>"
    project.save()
    for page in ("project_change", "project_edit", "project_standing", "project_secret"):
        assert "<script>alert(1)" not in ada.get(url(page, project)).content.decode()
