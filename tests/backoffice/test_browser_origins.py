"""The page of a project's browser origins: who may change it, what is refused, what is written down."""

import pytest
from django.urls import reverse

from payments.models import AuditAction, AuditEntry, Project
from tests.staff import make_staff

pytestmark = pytest.mark.django_db


def staff(*permissions: str):
    return make_staff("eve", *permissions)


@pytest.fixture
def url(project) -> str:
    return reverse("admin:payments_project_origins", args=[project.pk])


def test_a_person_who_may_changes_the_list_and_says_why(client, project, url):
    client.force_login(staff("manage_project", "view_project"))
    assert b"as browsers name it" in client.get(url).content

    assert client.post(url, {"origins": "https://shop.example\n", "reason": "new shop"}).status_code == 302

    assert Project.objects.get(pk=project.pk).browser_origins == ["https://shop.example"]
    row = AuditEntry.objects.get(action=AuditAction.BROWSER_ORIGINS)
    assert (row.actor, row.note, row.after) == ("eve", "new shop", {"origins": ["https://shop.example"]})
    shown = client.get(reverse("admin:payments_project_change", args=[project.pk])).content.decode()
    assert "https://shop.example · " in shown


@pytest.mark.parametrize("entry", ["*", "shop.example", "https://shop.example/pay", "https://*.example"])
def test_an_entry_that_would_trust_too_much_is_refused_beside_its_field(client, project, url, entry):
    client.force_login(staff("manage_project"))

    response = client.post(url, {"origins": entry, "reason": "try it"})

    assert (response.status_code, list(response.context["form"].errors)) == (200, ["origins"])
    assert Project.objects.get(pk=project.pk).browser_origins == []


def test_nobody_else_may(client, url):
    client.force_login(staff("view_project"))
    assert client.get(url).status_code == 403
    assert client.post(url, {"origins": "https://evil.example", "reason": "abc"}).status_code == 403
