"""A hub that a stranger knows only by its OpenAPI document."""

import copy
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as standing_settings
from django.db import transaction
from django.test.utils import override_settings

from invoices.api import print_pdf as print_pdf_view
from invoices.services import print_pdf
from payments.selectors import api_keys
from payments.services import rates
from tests.invoices import shop

from .world import World, make_world


def _hub(folder: Path) -> dict[str, Any]:
    """Settings of a hub whose files are in a folder."""
    return {
        "PROVIDER_DRIVERS": ["tests.api_product.psp.MoodyDriver"],
        "ENABLED_PROVIDERS": [],
        "API_RATE_LIMIT": "off",
        "FLOW_MANAGER_URL": "http://127.0.0.1:9",  # nobody listens: commands are taken all the same
        "STORAGES": shop.storages_in(standing_settings.STORAGES, folder),
        "PRINT_PDF_WAIT": 5.0,
        "ORDER_WAIT_MAX_SECONDS": 0.1,  # nobody works here: a fuzzer's `wait` would be in vain
        "EMAIL_FROM": "Bottega Aurora <shop@aurora.example>",
    }


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """Where the invoices of a file's tests are."""
    return tmp_path_factory.mktemp("files")


@pytest.fixture(autouse=True)
def _fresh(settings, files, monkeypatch) -> Iterator[None]:
    for name, value in _hub(files).items():
        setattr(settings, name, value)
    # What a worker would do, before the request begins to wait for it.
    monkeypatch.setattr(print_pdf, "render", lambda document: shop.quick_render(document))
    monkeypatch.setattr(print_pdf_view, "nudge", lambda task, job_id: print_pdf.print_job(uuid.UUID(job_id)))
    api_keys.forget()
    rates.pause.end()
    yield
    api_keys.forget()


@pytest.fixture(scope="module")
def standing_world(files, django_db_setup, django_db_blocker) -> Iterator[World]:
    """One world for the tests of a file, in a transaction around those of its tests: each finds it as it was made."""
    with django_db_blocker.unblock():
        around = transaction.atomic()
        around._from_testcase = True  # type: ignore[attr-defined]  # as Django's TestCase does: durable blocks fit into it
        around.__enter__()
        try:
            with override_settings(**_hub(files)):
                made = make_world()
            yield made
        finally:
            transaction.set_rollback(True)
            around.__exit__(None, None, None)


@pytest.fixture
def world(request) -> World:
    """Both merchants, and what they have; a test that commits makes a world of its own, in a file without the others."""
    marked = request.node.get_closest_marker("django_db")
    if marked is not None and marked.kwargs.get("transaction"):
        request.getfixturevalue("transactional_db")
        return make_world()
    made = copy.deepcopy(request.getfixturevalue("standing_world"))
    request.getfixturevalue("db")
    return made
