"""A shop that invoices: its profile, its payments, its files in a temporary folder."""

import pytest

from invoices.models import IssuerProfile
from tests.invoices import shop


@pytest.fixture
def profile(project) -> IssuerProfile:
    return shop.make_profile(project)


@pytest.fixture(autouse=True)
def _files(settings, tmp_path) -> None:
    settings.STORAGES = shop.storages_in(settings.STORAGES, tmp_path)
