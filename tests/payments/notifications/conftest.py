"""What the tests of mails begin with."""

from collections.abc import Iterator
from typing import Any

import pytest

from payments.models import Payment, Project
from tests.payments.notifications import server
from tests.payments.outbound.rows import make_payment, make_project

BUYER = {"name": "Ada Rossi", "email": "ada@example.com"}


@pytest.fixture
def mails_on(settings: Any) -> None:
    """An installation that may send: Django's own outbox takes the mails."""
    settings.EMAIL_FROM = "Shop <pay@shop.example>"
    settings.MAIL_STAFF_TO = ["staff@shop.example"]


@pytest.fixture
def mail_server(mails_on: None, settings: Any) -> Iterator[server.MailServer]:
    """A real mail server, and the settings that lead to it."""
    with server.running() as made:
        settings.EMAIL_BACKEND = "payments.notifications.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", made.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_TIMEOUT = 5.0
        yield made


@pytest.fixture
def shop(db: None) -> Project:
    return make_project(name="Bottega Aurora", timezone="Europe/Rome")


@pytest.fixture
def payment(shop: Project) -> Payment:
    return make_payment(shop, buyer=BUYER, locale="it", captured=1250, authorized=1250)
