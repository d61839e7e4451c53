"""An order system in front of the API."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from payments.models import Project, ProviderAccount
from payments.selectors import api_keys
from payments.services.merchants import create_api_key
from tests import factories


@dataclass
class OrderSystem:
    """Sends requests with a key; `send` takes any body, also one that is no JSON."""

    secret: str | None
    client: Client = field(default_factory=Client)

    def send(self, path: str, body: bytes, **headers: str) -> Any:
        return self.client.generic("POST", path, body, "application/json", headers=self._headers(headers))

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.send(path, json.dumps(body).encode(), **headers)

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.client.get(path, query or {}, headers=self._headers(headers))

    def delete(self, path: str, **headers: str) -> Any:
        return self.client.delete(path, headers=self._headers(headers))

    def pay(self, body: dict[str, Any], *, path: str = "/scripted/credit-cards/pay", **headers: str) -> Any:
        return self.post(path, body, **headers)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return ({"Authorization": f"Bearer {self.secret}"} if self.secret else {}) | named


@pytest.fixture(autouse=True)
def _fresh_keys() -> Iterator[None]:
    api_keys.forget()
    yield
    api_keys.forget()


@pytest.fixture
def shop(project: Project, account: ProviderAccount) -> OrderSystem:
    """An order system of `project` with a test key that may pay, and an account at the scripted provider."""
    return OrderSystem(create_api_key(project=project, mode="test", scopes=["payments"]).secret)


@pytest.fixture
def backoffice(project: Project, account: ProviderAccount) -> OrderSystem:
    """A backoffice of `project`: its key has the scope backoffice and no other."""
    return OrderSystem(create_api_key(project=project, mode="test", scopes=["backoffice"]).secret)


@pytest.fixture
def stranger(script: Any) -> OrderSystem:
    """An order system of another project, with an account at the same provider."""
    other = factories.make_project()
    factories.make_account(other)
    return OrderSystem(create_api_key(project=other, mode="test", scopes=["payments", "backoffice"]).secret)


@pytest.fixture
def live_shop(project: Project, account: ProviderAccount) -> OrderSystem:
    """The same project with real money: nothing of its test mode is there."""
    return OrderSystem(create_api_key(project=project, mode="live", scopes=["payments", "backoffice"]).secret)


def error_of(response: Any) -> tuple[int, str, str | None]:
    """The three things by which a caller tells errors apart."""
    body = response.json()
    assert set(body) - {"details"} == {"statusCode", "error", "message", "code", "param", "requestId", "retryable"}
    assert body["statusCode"] == response.status_code
    assert body["requestId"] == response["X-Request-Id"]
    return response.status_code, body["code"], body["param"]
