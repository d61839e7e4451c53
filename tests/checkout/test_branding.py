"""A project's look: what is taken, what is refused and why, and how the pages show it."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from paymenthub.kernel.errors import Conflict, InvalidField
from payments.checkout.branding_change import BrandingChange, By, save_branding
from payments.models import AuditEntry, Project, ProjectBranding
from payments.selectors.branding import public_base
from tests import factories
from tests.staff import make_staff

BY = By("marta", None, "New look")


def change(**over: Any) -> BrandingChange:
    return BrandingChange(**{"texts": {}} | over)


def image(width: int = 600, height: int = 200, kind: str = "PNG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "#204080").save(made, kind)
    return made.getvalue()


def save(project: Project, **over: Any) -> ProjectBranding:
    return save_branding(project=project, change=change(**over), by=BY)


@pytest.mark.django_db(transaction=True)
def test_colours_that_cannot_be_read_are_refused_with_the_ratio(project: Project) -> None:
    with pytest.raises(InvalidField) as refused:
        save(project, accent="#ffd54f")

    assert refused.value.param == "accent"
    assert "contrast of 1.41:1 and needs 4.5:1" in refused.value.message
    assert not ProjectBranding.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_dark_look_whose_pairs_can_be_read_is_kept(project: Project) -> None:
    look = save(project, background="#101418", text="#F2F4F7", accent="#9CC4FF", on_accent="#10151c")

    assert (look.background, look.text, look.version) == ("#101418", "#f2f4f7", 1)
    assert AuditEntry.objects.filter(action="branding", project=project).count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG is not taken"),
        (b"\x89PNG\r\n\x1a\nbroken", "no PNG"),
        (b"x" * (512 * 1024 + 1), "512 kB"),
        (image(4001, 10), "4000 pixels"),
    ],
    ids=["svg", "broken", "large", "wide"],
)
def test_an_image_that_is_none_or_too_large_is_refused(project: Project, body: bytes, what: str) -> None:
    with pytest.raises(InvalidField, match=what):
        save(project, logo=body)


@pytest.mark.django_db(transaction=True)
def test_an_image_is_made_small_and_written_anew(project: Project) -> None:
    with_comment = image(1200, 400, "JPEG") + b"<script>alert(1)</script>"

    look = save(project, logo=with_comment, favicon=image(128, 128))

    assert (look.logo_width, look.logo_height) == (336, 112)
    assert bytes(look.logo).startswith(b"\x89PNG")
    assert b"script" not in bytes(look.logo)
    assert Image.open(io.BytesIO(bytes(look.favicon))).size == (64, 64)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("own", "what"),
    [
        ({"pt": {"checkout.title": "Pagar"}}, "no language"),
        ({"it": {"checkout.no_such": "x"}}, "no text"),
        ({"it": {"checkout.back": "Torna {amount}"}}, "no place {amount}"),
        ({"it": {"checkout.back": "x" * 301}}, "300 letters"),
    ],
    ids=["language", "key", "place", "length"],
)
def test_own_texts_that_the_pages_do_not_know_are_refused(project: Project, own: Any, what: str) -> None:
    with pytest.raises(InvalidField, match=what):
        save(project, texts=own)


@pytest.mark.django_db(transaction=True)
def test_a_host_name_belongs_to_one_project_and_makes_its_addresses(project: Project) -> None:
    save(project, host="Pay.Aurora.example")

    assert public_base(Project.objects.get(pk=project.pk)) == "http://pay.aurora.example"
    with pytest.raises(Conflict):
        save(factories.make_project(), host="pay.aurora.example")
    with pytest.raises(InvalidField, match="own host name"):
        save(project, host="testserver")
    with pytest.raises(InvalidField, match="no host name"):
        save(project, host="https://pay.aurora.example/")


@pytest.mark.django_db(transaction=True)
def test_images_and_colours_come_from_the_same_host_and_may_be_kept(project: Project, client: Client) -> None:
    save(project, logo=image(), accent="#0b5d1e")
    base = f"/payment/brand/{project.id.hex}"

    logo, css, icon = (
        client.get(f"{base}/logo.png?v=1"),
        client.get(f"{base}/look.css?v=1"),
        client.get(f"{base}/icon.png"),
    )

    assert (logo.status_code, logo["Content-Type"], logo["Cache-Control"]) == (
        200,
        "image/png",
        "public, max-age=31536000, immutable",
    )
    assert "--accent:#0b5d1e" in css.content.decode()
    assert icon.status_code == 404


@pytest.mark.django_db(transaction=True)
def test_staff_change_a_look_and_see_samples_that_nobody_else_may_frame(project: Project, client: Client) -> None:
    user = make_staff("marta", "view_projectbranding", "edit_projectbranding", "view_project")
    client.force_login(user)
    page = f"/admin/payments/projectbranding/project/{project.id}/"
    form = {"accent": "#0b5d1e", "display_name": "Aurora", "note": "New look", "support": "help@aurora.example"}
    form |= {"texts": "it checkout.paid_title = Grazie mille!"}

    refused = client.post(page, form | {"accent": "#eeeeee"})
    saved = client.post(page, form | {"logo": SimpleUploadedFile("logo.png", image())})
    sample = client.get(f"{page}sample/?page=paid&lang=it")
    shown = client.get(page)

    assert "needs 4.5:1" in refused.content.decode()
    assert saved.status_code == 302
    assert "Grazie mille!" in sample.content.decode()
    assert "mailto:help@aurora.example" in sample.content.decode()
    assert "frame-ancestors 'self'" in sample["Content-Security-Policy"]
    assert sample["X-Frame-Options"] == "SAMEORIGIN"
    frames = [each.partition(">")[0] for each in shown.content.decode().split("<iframe")[1:]]
    assert ["preview" in frame for frame in frames] == [True, False, False, False]
    assert all('sandbox="allow-same-origin"' in frame for frame in frames)


@pytest.mark.django_db(transaction=True)
def test_staff_without_the_permission_may_look_and_not_change(project: Project, client: Client) -> None:
    user = make_staff("nils", "view_projectbranding")
    client.force_login(user)
    page = f"/admin/payments/projectbranding/project/{project.id}/"

    assert client.post(page, {"accent": "#0b5d1e", "note": "New look"}).status_code == 403
    assert "<form method" not in client.get(page).content.decode().split('id="content-main"')[1]
    assert not ProjectBranding.objects.exists()
