"""Take the pictures of docs/checkout-pages.md: SUITE=full, and CHECKOUT_PICTURES=docs/img/checkout names where they go."""

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from PIL import Image, ImageDraw

from payments.checkout.branding_change import BrandingChange, By, save_branding

from .conftest import Shop
from .customer import PHONE, WIDE, Customer
from .scenes import SCENES

LOGO = Image.new("RGB", (420, 100), "#0b5d1e")
ImageDraw.Draw(LOGO).text((20, 20), "aurora", fill="white", font_size=56)

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

    assert file.stat().st_size < 40_000
    assert not customer.overflows()


@pytest.mark.parametrize("width", ["wide", "phone"])
def test_a_projects_own_look_can_be_pictured(
    shop: Shop, customers: Callable[..., Customer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, width: str
) -> None:
    folder = Path(os.environ.get("CHECKOUT_PICTURES", tmp_path))
    make_look(shop)
    customer = customers(viewport=WIDE if width == "wide" else PHONE, color_scheme="dark")

    SCENES["choose"](shop, customer, monkeypatch)
    customer.picture(folder / f"own-look-{width}.png")

    assert customer.violations() == []
    assert not customer.overflows()


def test_dark_printed_and_backoffice_pages_can_be_pictured(
    shop: Shop, customers: Callable[..., Customer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("CHECKOUT_PICTURES", tmp_path))
    make_look(shop, with_colours=False)
    customer = customers(viewport=PHONE, color_scheme="dark")

    SCENES["paid"](shop, customer, monkeypatch)
    customer.picture(folder / "dark-paid-phone.png")
    customer.picture(folder / "printed-receipt.png", printed=True)
    User.objects.create_superuser("marta", password="long-enough-words-9")
    staff = customers(viewport=WIDE)
    staff.log_in(shop.base, "marta", "long-enough-words-9")
    staff.open(f"{shop.base}/admin/payments/projectbranding/project/{shop.project.id}/")
    staff.wait_for("iframe")
    staff.scroll_down()
    staff.picture(folder / "backoffice-wide.png")

    assert [said for said in staff.complaints_about(shop.base) if "frame-ancestors" in said] == []


def make_look(shop: Shop, *, with_colours: bool = True) -> None:
    body = BytesIO()
    LOGO.save(body, "PNG")
    colours = {"accent": "#0b5d1e", "on_accent": "#ffffff", "background": "#fbf7ef", "text": "#2b2118"}
    if not with_colours:
        colours = {}
    change = BrandingChange(
        display_name="Aurora",
        logo=body.getvalue(),
        support="help@aurora.example",
        terms_url="https://aurora.example/terms",
        texts={"en": {"checkout.methods": "Your way to pay"}},
        **colours,
    )
    save_branding(project=shop.project, change=change, by=By("marta", None, "A look"))
