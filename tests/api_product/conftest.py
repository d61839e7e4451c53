"""A hub that a stranger knows only by its OpenAPI document."""

import uuid
from collections.abc import Iterator

import pytest

from invoices.api import print_pdf as print_pdf_view
from invoices.services import print_pdf
from payments.selectors import api_keys
from payments.services import rates
from tests.invoices import shop

from .world import World, make_world


@pytest.fixture(autouse=True)
def _fresh(settings, tmp_path, monkeypatch) -> Iterator[None]:
    settings.PROVIDER_DRIVERS = ["tests.api_product.psp.MoodyDriver"]
    settings.ENABLED_PROVIDERS = []
    settings.API_RATE_LIMIT = "off"
    settings.FLOW_MANAGER_URL = "http://127.0.0.1:9"  # nobody listens: commands are taken all the same
    settings.STORAGES = shop.storages_in(settings.STORAGES, tmp_path)
    settings.PRINT_PDF_WAIT = 5.0
    # What a worker would do, before the request begins to wait for it.
    monkeypatch.setattr(print_pdf, "render", lambda document: shop.quick_render(document))
    monkeypatch.setattr(print_pdf_view, "nudge", lambda task, job_id: print_pdf.print_job(uuid.UUID(job_id)))
    settings.ORDER_WAIT_MAX_SECONDS = 0.1  # nobody works here: a fuzzer's `wait` would be in vain
    settings.EMAIL_FROM = "Bottega Aurora <shop@aurora.example>"
    api_keys.forget()
    rates.pause.end()
    yield
    api_keys.forget()


@pytest.fixture
def world(db: None) -> World:
    return make_world()
