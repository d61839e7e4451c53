"""What the tests of the backoffice share."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from payments.models import Payment, Project, ProviderAccount
from tests.backoffice import rows


@pytest.fixture
def account(project: Project) -> ProviderAccount:
    return rows.make_account(project)


@pytest.fixture
def story(account: ProviderAccount) -> Payment:
    rows.make_configuration(account.project)
    payment = rows.make_story(account)
    rows.make_refund(payment)
    rows.make_audit(payment)
    rows.make_step(payment)
    return payment


@pytest.fixture
def superuser(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.com"))
    return client


@pytest.fixture
def stranger(db: None) -> Client:
    """A member of staff without any permission."""
    client = Client()
    client.force_login(User.objects.create_user("newcomer", is_staff=True))
    return client
