"""What the tests of people share."""

import time

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import TOTP

from backoffice.services import second_factor
from backoffice.services.by import By
from backoffice.services.sync_roles import sync_roles

PASSWORD = "long-enough-words-9"


def code_of(key: bytes, *, steps: int = 0) -> str:
    """The code that an app shows now, or some steps of 30 seconds later."""
    generator = TOTP(key)
    generator.time = time.time() + 30 * steps
    return f"{generator.token():06d}"


def enrolled(user: User) -> tuple[bytes, list[str]]:
    """Give a person a second factor; return its key and their recovery codes."""
    key = second_factor.new_key()
    _device, codes = second_factor.enrol(user_id=user.pk, key=key, code=code_of(key), by=By(user.username, user))
    return key, codes


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def signs_in(name: str, password: str = PASSWORD, **more: str) -> tuple[Client, int]:
    """Sign in by the form; return the client and the answer's status."""
    client = Client(**more)
    answer = client.post("/admin/login/?next=/admin/", {"username": name, "password": password})
    return client, answer.status_code


@pytest.fixture
def roles(db: None) -> None:
    sync_roles()


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss", password=PASSWORD)
