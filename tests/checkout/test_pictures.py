"""Take the pictures of docs/checkout-pages.md: SUITE=full, and CHECKOUT_PICTURES=docs/img/checkout names where they go."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Shop
from .customer import PHONE, WIDE, Customer
from .scenes import SCENES

pytestmark = [pytest.mark.browser, pytest.mark.full]


@pytest.mark.parametrize("width", ["wide", "phone"])
@pytest.mark.parametrize("scene", SCENES)
def test_every_page_can_be_pictured(
    shop: Shop,
    customers: Callable[..., Customer],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    scene: str,
    width: str,
) -> None:
    folder = Path(os.environ.get("CHECKOUT_PICTURES", tmp_path))
    customer = customers(viewport=WIDE if width == "wide" else PHONE, locale="en-GB" if width == "wide" else "it-IT")

    SCENES[scene](shop, customer, monkeypatch)
    file = folder / f"{scene}-{width}.png"
    customer.picture(file)

    assert file.stat().st_size < 150_000
    assert not customer.overflows()
