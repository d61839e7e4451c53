"""What the tests of the configuration's pages share: a person who may do it all, and how forms are sent."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from payments.models import Project, ProviderAccount
from tests import factories
from tests.scripted import Script
from tests.staff import make_staff

MANAGE = ("manage_project", "manage_apikey", "manage_provideraccount", "manage_webhookendpoint")
VIEW = (
    "view_principal",
    "view_project",
    "view_apikey",
    "view_provideraccount",
    "view_webhookendpoint",
    "view_delivery",
)


class Person:
    """A member of staff in front of the admin."""

    def __init__(self, *permissions: str, name: str = "marta", projects: tuple[Project, ...] | None = None) -> None:
        self.client = Client()
        self.client.force_login(make_staff(name, *permissions, projects=projects))

    def get(self, url: str) -> Any:
        return self.client.get(url)

    def hidden(self, url: str) -> dict[str, str]:
        """What the page that is open now would send along unseen."""
        answer = self.client.get(url)
        assert answer.status_code == 200, answer.content.decode()[-1500:]
        form = answer.context["form"]
        return {field.name: str(field.value()) for field in form.hidden_fields()}

    def send(self, page: str, hidden: dict[str, str] | None = None, /, **fields: Any) -> Any:
        """Send a form, with what its page holds unseen."""
        unseen = self.hidden(page) if hidden is None else hidden
        return self.client.post(page, {**unseen, "reason": "asked by Ada", **fields})


@pytest.fixture
def ada(db: None) -> Person:
    return Person(*MANAGE, *VIEW, name="ada")


@pytest.fixture
def url() -> Callable[..., str]:
    return lambda name, *rows: reverse(f"admin:payments_{name}", args=[row.pk for row in rows])


@pytest.fixture
def account(project: Project, script: Script) -> ProviderAccount:
    return factories.make_account(project)


def secret_in(answer: Any) -> str:
    """The secret on the page that shows it once."""
    assert answer.status_code == 200, answer.content.decode()[-1500:]
    secret: str = answer.context["secrets"][0].value
    assert secret in answer.content.decode().replace("&#x27;", "'").replace("&amp;", "&")
    return secret


def errors_of(answer: Any) -> dict[str, list[str]]:
    """What is wrong in a form that came back."""
    return {name: list(errors) for name, errors in answer.context["form"].errors.items()}
