"""The look of the checkout as it is typed in: shown, and not saved."""

import pytest

from payments.models import AuditEntry, ProjectBranding
from tests import factories

from .conftest import Person

pytestmark = pytest.mark.django_db

LOOK = {
    "display_name": "Torrefazione <b>Nera</b>",
    "accent": "#7a1f1f",
    "on_accent": "#ffffff",
    "page": "paid",
    "lang": "it",
}


@pytest.fixture
def ben(db) -> Person:
    return Person("view_projectbranding", "edit_projectbranding", name="ben")


def test_what_is_typed_in_is_shown_in_a_frame_and_nothing_is_saved(project, ben, url):
    answer = ben.client.post(url("projectbranding_sample", project), LOOK)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Torrefazione &lt;b&gt;Nera&lt;/b&gt;" in page
    assert 'lang="it"' in page
    assert "/look.css?accent=%237a1f1f&amp;on_accent=%23ffffff" in page
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert (ProjectBranding.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_the_colours_come_from_a_stylesheet_that_takes_colours_only(project, ben, url):
    sheet = ben.get(f"{url('projectbranding_colours')}?accent=%237a1f1f")
    assert (sheet.status_code, sheet["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "--accent:#7a1f1f" in sheet.content.decode()
    assert ben.get(f"{url('projectbranding_colours')}?accent=red;}}body{{display:none").status_code == 403


def test_what_could_not_be_saved_is_said_in_the_frame(project, ben, url):
    answer = ben.client.post(url("projectbranding_sample", project), {**LOOK, "accent": "#eeeeee"})
    assert answer.status_code == 422
    assert "contrast" in answer.content.decode()


def test_the_form_has_a_button_that_needs_no_script(project, ben, url):
    page = ben.get(url("projectbranding_edit", project)).content.decode()
    assert f'formaction="{url("projectbranding_sample", project)}" formtarget="preview"' in page


def test_who_sees_some_projects_previews_those_only(project, url):
    foreign = factories.make_project()
    clerk = Person("view_projectbranding", "edit_projectbranding", name="clerk", projects=(project,))
    for page in ("projectbranding_edit", "projectbranding_sample"):
        assert (clerk.get(url(page, foreign)).status_code, clerk.client.post(url(page, foreign), LOOK).status_code) == (
            404,
            404,
        )
