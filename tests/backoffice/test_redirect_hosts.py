"""S52: staff say where a project's customers may be sent back to; and an open payment is shown as it stands."""

import pytest
from django.test import Client
from django.urls import reverse

from payments.models import AuditEntry, Project
from payments.selectors.explain import explain
from payments.services.choose_method import choose
from payments.services.open_payment import open_payment
from providers.types import Outcome
from tests import factories
from tests.scripted import payment as said

from . import acting

pytestmark = pytest.mark.django_db(transaction=True)


def url_of(project: Project) -> str:
    return reverse("admin:payments_project_redirects", args=[project.pk])


def test_s52_a_list_is_changed_with_a_reason_and_written_down(project):
    able = acting.staff("view_project", "manage_project", name="able")

    refused = able.post(url_of(project), {"hosts": "shop.example", "reason": ""})
    done = able.post(url_of(project), {"hosts": "shop.example\r\n*.shop.example\r\n", "reason": "Two shops."})

    project.refresh_from_db()
    entry = AuditEntry.objects.get()
    assert (refused.status_code, done.status_code, project.redirect_hosts) == (
        200, 302, ["shop.example", "*.shop.example"],
    )  # fmt: skip
    assert (entry.actor, entry.note, entry.before, entry.after) == (
        "able", "Two shops.", {"hosts": []}, {"hosts": ["shop.example", "*.shop.example"]},
    )  # fmt: skip
    assert (
        "shop.example, *.shop.example"
        in able.get(reverse("admin:payments_project_change", args=[project.pk])).content.decode()
    )


@pytest.mark.parametrize("hosts", ["https://shop.example", "*", "\n".join(f"a{n}.example" for n in range(51))])
def test_s52_what_is_no_host_is_refused_and_nothing_changes(project, hosts):
    able = acting.staff("view_project", "manage_project", name="able")

    answer = able.post(url_of(project), {"hosts": hosts, "reason": "two shops"})

    project.refresh_from_db()
    assert (answer.status_code, project.redirect_hosts, AuditEntry.objects.count()) == (200, [], 0)


def test_nobody_changes_it_without_the_permission(project):
    clerk = acting.staff("view_project", name="clerk")

    assert (clerk.get(url_of(project)).status_code, clerk.post(url_of(project), {}).status_code) == (403, 403)


def test_open_payments_are_listed_shown_and_explained(project, script, superuser: Client):
    factories.make_account(project)
    row = open_payment(factories.open_command(project))
    page = reverse("admin:payments_payment_change", args=[row.pk])

    listed = superuser.get(reverse("admin:payments_payment_changelist"))
    shown = superuser.get(page).content.decode()
    assert (listed.status_code, "has not chosen a method yet" in shown) == (200, True)

    script.pay = [said(Outcome.DECLINED)]
    choose(row.id, provider="scripted", method="credit-cards")
    row.refresh_from_db()
    told = explain(row, list(row.attempts.all())).text
    assert told.startswith(
        "Declined by Scripted: insufficient funds (code 51). Nothing was taken. The customer may try"
    )
    assert "paymentTryFailed" in superuser.get(page).content.decode()
