"""S62: what customers, providers, merchants and staff wrote is shown as text, on every page that the admin has."""

import pytest
from django.db.models import Model, TextField
from django.urls import reverse

from .conftest import People
from .hostile import HOSTILE, SCRIPT, read
from .pages import OF_ALL, addresses, is_of_a_row, label_of, list_of
from .site import Page, every_page, listed_models
from .world import World

TEXT = HOSTILE
PAGES = [page for page in every_page() if page.is_named and page.name not in OF_ALL]
SHOWN = [page for page in PAGES if not page.name.endswith(("_add", "_delete", "_history"))]
FORMS = [page for page in SHOWN if is_of_a_row(page) and not page.name.endswith("_change")]
WITHOUT_TEXT = frozenset({"auth.User", "auth.Group", "payments.MethodLimit"})
"""Models whose pages show nothing that somebody else wrote."""
LARGE = "Long words. " * 90_000


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.name)
def test_s62_hostile_text_is_text(page: Page, world: World, people: People) -> None:
    for url in addresses(page, world.own):
        answer = people.boss.get(url)
        if answer.status_code == 404:  # what only the one who made it sees
            answer = people.everything.get(url)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            seen = read(answer.content.decode())
            assert seen.found == [], url
            is_row = page.name.endswith("_change") and label_of(page) not in WITHOUT_TEXT
            assert seen.shown or not is_row, "the page shows what was written, or the test would prove nothing"


@pytest.mark.parametrize("label", listed_models())
def test_s62_hostile_words_in_an_address_are_text(label: str, world: World, people: People) -> None:
    answer = people.boss.get(list_of(label), {"q": HOSTILE, "project": HOSTILE, "_changelist_filters": HOSTILE})
    assert read(answer.content.decode()).found == []
    assert not answer.headers.get("Location", "").startswith(("http", "//"))


@pytest.mark.parametrize("page", FORMS, ids=lambda page: page.name)
def test_s62_hostile_words_that_were_typed_in_come_back_as_text(page: Page, world: World, people: People) -> None:
    words = ("note", "reason", "amount", "token", "do", "conditions", "sample", "hosts", "origins", "display_name")
    for url in addresses(page, world.own):
        answer = people.boss.post(url, dict.fromkeys(words, HOSTILE))
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            assert read(answer.content.decode()).found == [], url


def test_the_reader_knows_what_would_run() -> None:
    for harm in (
        HOSTILE,
        f'<p title="{HOSTILE}">',
        '<a href=" javascript:alert(1)">',
        '<p x-text="alert(1)">',
        '<iframe srcdoc="&lt;p&gt;">',
        "<script>let name = 'alert(1)'</script>",
    ):
        assert read(harm).found, harm
    assert read("<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>").found == []


def test_s62_a_megabyte_of_text_neither_breaks_nor_floods_a_page(world: World, people: People) -> None:
    payment = world.own.rows["payments.Payment"]
    type(payment)._default_manager.filter(pk=payment.pk).update(
        additional_data={"a": LARGE + SCRIPT}, buyer={"name": LARGE}
    )
    for label in ("payments.OperatorItem", "payments.SagaCommand", "payments.FlowEvent", "payments.Subscription"):
        _fill(world.own.rows[label])
    for label in ("payments.Payment", "payments.OperatorItem", "payments.SagaCommand", "payments.FlowEvent"):
        for url in (
            reverse(f"admin:{label.lower().replace('.', '_')}_change", args=[world.own.pk(label)]),
            list_of(label),
        ):
            answer = people.boss.get(url)
            assert answer.status_code == 200
            assert len(answer.content) < 600_000, url


def _fill(row: Model) -> None:
    """Put a megabyte into every column of a row that takes it."""
    large: dict[str, object] = {}
    for column in row._meta.concrete_fields:
        if column.name in ("evidence", "log", "payload", "additional_data"):
            large[column.name] = {"a": LARGE} if column.name != "log" else [{"error": LARGE}]
        elif isinstance(column, TextField) and column.editable and column.name not in ("channel", "label"):
            large[column.name] = LARGE
    type(row)._default_manager.filter(pk=row.pk).update(**large)
