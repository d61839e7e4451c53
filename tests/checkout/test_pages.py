"""What holds for every page in every state: for all people, on all screens, light, and from nowhere else."""

from collections.abc import Callable

import pytest

from .conftest import Shop
from .customer import PHONE, Customer
from .scenes import ALIKE, SCENES

pytestmark = [pytest.mark.browser]
MOST_BYTES = 50_000


@pytest.mark.parametrize(
    "scene", [pytest.param(name, marks=[pytest.mark.full] if name in ALIKE else []) for name in SCENES]
)
def test_a_page_can_be_used_by_everybody_and_loads_little(
    shop: Shop, customers: Callable[..., Customer], monkeypatch: pytest.MonkeyPatch, scene: str
) -> None:
    """axe-core finds nothing, nothing is wider than 320 px, all stays under 50 kB, comes from here and breaks no policy."""
    customer = customers(viewport={"width": 320, "height": 640})

    SCENES[scene](shop, customer, monkeypatch)
    weight, foreign = customer.weigh(shop.base)
    broken_policy = [said for said in customer.complaints_about(shop.base) if "Content Security Policy" in said]

    assert customer.violations() == []
    assert not customer.overflows()
    assert (weight < MOST_BYTES, foreign, broken_policy) == (True, [], []), weight


@pytest.mark.full
@pytest.mark.parametrize("language", ["it-IT", "de-DE", "fr-FR", "es-ES"])
@pytest.mark.parametrize("scene", SCENES)
def test_a_page_can_be_used_by_everybody_in_the_dark_and_in_every_language(
    shop: Shop, customers: Callable[..., Customer], monkeypatch: pytest.MonkeyPatch, scene: str, language: str
) -> None:
    customer = customers(viewport=PHONE, locale=language, color_scheme="dark", reduced_motion="reduce")

    SCENES[scene](shop, customer, monkeypatch)

    assert customer.violations() == []
    assert not customer.overflows()
