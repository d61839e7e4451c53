"""S54: whoever sees one project finds nothing of another one, on any page that the admin has."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client, RequestFactory
from django.urls import reverse

from backoffice.admin._scope import Scoped
from backoffice.models import RolePolicy
from tests.staff import make_staff

from .conftest import People, log_in
from .pages import (
    GET_ONLY,
    OF_ALL,
    OF_ALL_PROJECTS,
    OF_ONE_PERSON,
    OF_SUPERUSERS,
    OF_THE_HUB,
    ONE_AT_A_TIME,
    POST_ONLY,
    SHARED,
    WITHOUT_ROWS,
    addresses,
    is_of_a_row,
    label_of,
    list_of,
)
from .site import Page, every_page, listed_models
from .world import World
from .writes import written

PAGES = [page for page in every_page() if page.is_named and page.name not in OF_ALL]
LISTED = [label for label in listed_models() if label not in WITHOUT_ROWS]
OF_ROWS = [page for page in PAGES if is_of_a_row(page) and label_of(page) not in SHARED]
SEEN = {200, 302, 409}
REFUSED_TO_ALL = {"add", "change", "delete", "history"}
"""What services do in other ways: these pages may answer 403 to whoever holds every permission."""
FRAMED_BY_US = {"payments_projectbranding_sample"}
REASON = {"note": "because", "reason": "because", "confirmed": "1"}


def test_every_page_of_the_admin_is_walked(world: World) -> None:
    assert len(PAGES) > 150
    for page in PAGES:
        addresses(page, world.own)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_opens_for_those_who_may_and_looking_changes_nothing(page: Page, world: World, people: People) -> None:
    for url in addresses(page, world.own):
        with written() as tables:
            answer = people.everything.get(url)
        assert tables == [], url
        assert {"private", "no-store"} <= set(answer.headers["Cache-Control"].split(", ")) | {"private"}, url
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], url
        assert answer.headers["X-Frame-Options"] == ("SAMEORIGIN" if page.name in FRAMED_BY_US else "DENY"), url
        status = answer.status_code
        is_refused = status == 403 and (
            page.name.rpartition("_")[2] in REFUSED_TO_ALL or page.name in OF_SUPERUSERS | OF_ALL_PROJECTS
        )
        is_the_hubs = status == 404 and label_of(page) in OF_THE_HUB
        is_no_page = status == 405 and page.name in POST_ONLY
        assert status in SEEN or is_refused or is_the_hubs or is_no_page, (url, status)
        assert world.foreign.word not in answer.content.decode(errors="replace").lower()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_who_may_nothing_and_who_forges_is_refused_on_every_page(page: Page, world: World, people: People) -> None:
    forger = Client(enforce_csrf_checks=True)
    forger.cookies = people.boss.cookies
    for url in addresses(page, world.own):
        with written() as tables:
            assert people.nothing.get(url).status_code in _refusals(page, POST_ONLY), url
            assert people.nothing.post(url, REASON).status_code in _refusals(page, GET_ONLY), url
            visited = Client().get(url)
            assert forger.post(url, REASON).status_code == 403, url
        assert (visited.status_code, visited.headers["Location"].partition("?")[0]) == (302, reverse("admin:login"))
        assert tables == []


@pytest.mark.parametrize("page", OF_ROWS, ids=lambda page: page.name)
def test_s54_what_is_another_projects_is_not_there(page: Page, world: World, people: People) -> None:
    for url in addresses(page, world.foreign):
        with written() as tables:
            looked = people.everything.get(url)
            sent = people.everything.post(url, REASON)
        assert looked.status_code in _refusals(page, POST_ONLY), url
        assert sent.status_code in (403, 404), url
        for answer in (looked, sent):
            assert world.foreign.word not in answer.content.decode().lower()
        assert tables == []


@pytest.mark.full
def test_the_other_projects_pages_are_there_for_whoever_sees_all(world: World, people: People) -> None:
    for page in OF_ROWS:
        if label_of(page) in OF_ONE_PERSON:
            continue
        for own, foreign in zip(addresses(page, world.own), addresses(page, world.foreign), strict=True):
            seen = people.boss.get(own).status_code
            assert people.boss.get(foreign).status_code == seen, foreign


_PATHS = {
    "autocomplete": "autocomplete/",
    "(?P<url>.*)$": "no-such-page/",
    "app_list": "payments/",
    "view_on_site": "r/1/1/",
}


_NAMED = {page.name: page for page in every_page()}


@pytest.mark.parametrize("name", OF_ALL)
def test_pages_that_are_nobodys_answer_as_declared(name: str, world: World, people: People) -> None:
    url = reverse("admin:index") + _PATHS[name] if name in _PATHS else _NAMED[name].address()
    with written() as tables:
        got = tuple(client.get(url).status_code for client in (people.everything, people.nothing))
    assert got == OF_ALL[name]
    assert tables == []


@pytest.mark.parametrize("label", LISTED)
def test_s54_lists_searches_and_filters_hold_nothing_of_another_project(
    label: str, world: World, people: People
) -> None:
    own, foreign = world.own, world.foreign
    assert label in own.rows, f"make a row of {label} in world.py"
    for query in ("", f"?q={foreign.word}", f"?project__id__exact={foreign.project.pk}"):
        answer = people.everything.get(list_of(label) + query)
        text = answer.content.decode().lower() + answer.headers.get("Location", "")
        assert answer.status_code in (200, 302, 400), query
        page = answer.context.get("cl") if answer.context else None
        if query.startswith("?q") and page is not None and page.search_fields:
            assert page.result_count == 0 or label in SHARED
        if query.startswith("?project") and page is not None and "project" in page.list_filter:
            assert page.result_count == 0
        assert foreign.word not in text or "q=" in query, query
        assert f"/{foreign.pk(label)}/" not in text or label in SHARED


@pytest.mark.parametrize("label", [label for label in LISTED if label not in ONE_AT_A_TIME | OF_ONE_PERSON])
def test_whoever_sees_all_finds_both_projects_in_the_list(label: str, world: World, people: People) -> None:
    text = people.boss.get(list_of(label)).content.decode().lower()
    for side in (world.own, world.foreign):
        assert side.word in text or str(side.pk(label)) in text


@pytest.mark.parametrize("label", [label for label in LISTED if not label.startswith("auth.")])
def test_s54_no_address_asks_about_columns_that_no_filter_offers(label: str, world: World) -> None:
    """A look-up that is taken tells, yes or no, what stands in a column: the hash of a key, a buyer's mail address."""
    model = type(world.own.rows[label])
    page, request = admin.site.get_model_admin(model), RequestFactory().get("/")
    request.user = world.everything
    assert isinstance(page, Scoped)
    for column in model._meta.get_fields():
        for asked in (
            "startswith",
            "regex",
            "project__name",
            "name__startswith",
            "project__name__startswith",
            "password",
        ):
            assert not page.lookup_allowed(f"{column.name}__{asked}", "a", request), column


@pytest.mark.parametrize(
    "place", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "\\\\evil.example"]
)
def test_nobody_is_sent_elsewhere(place: str, world: World, people: People) -> None:
    world.boss.set_password("long-enough-words-9")
    world.boss.save()
    given = {"username": world.boss.username, "password": "long-enough-words-9", "next": place}
    landed = Client().post(reverse("admin:login"), given)
    assert landed.status_code == 302
    assert landed.headers["Location"].startswith(reverse("admin:index"))
    assert "evil" not in landed.headers["Location"]
    assert people.everything.get(reverse("admin:login"), {"next": place}).headers["Location"] == reverse("admin:index")


def test_an_address_that_asks_so_is_refused(world: World, people: People) -> None:
    asked = {"payment__buyer__email__startswith": "a"}
    assert people.everything.get(reverse("admin:payments_refund_changelist"), asked).status_code == 400
    listed = people.everything.get(reverse("admin:payments_payment_changelist"), {"buyer__email__startswith": "a"})
    assert (listed.context["cl"].problems != [], listed.context["cl"].result_count) == (True, 0)


def test_s54_every_role_finds_only_its_own_project(world: World) -> None:
    RolePolicy.objects.update(
        two_factor=False
    )  # those who have to set one up first would be sent there, and see nothing
    roles = list(Group.objects.exclude(pk__in=[world.own.pk("auth.Group"), world.foreign.pk("auth.Group")]))
    clients = []
    for role in roles:
        user = make_staff(f"as {role.name}", projects=(world.own.project,))
        user.groups.add(role)
        clients.append(log_in(user))
    for page in OF_ROWS:
        for url in addresses(page, world.foreign):
            for role, client in zip(roles, clients, strict=True):
                assert client.get(url).status_code in _refusals(page, POST_ONLY), (role.name, url)


def _refusals(page: Page, without_the_method: frozenset[str]) -> tuple[int, ...]:
    return (403, 404, 405) if page.name in without_the_method else (403, 404)
