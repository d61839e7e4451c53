"""Every address of the admin, found by walking its resolver."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, reverse

_BELOW = "admin/"


@dataclass(frozen=True)
class Page:
    """One pattern. `space` and `name` are what `reverse` takes; a pattern without a name has its route for one."""

    name: str
    route: str
    wants: frozenset[str]
    space: str = "admin:"

    @property
    def is_named(self) -> bool:
        """Tell whether it can be reversed."""
        return self.name != self.route

    def address(self, **given: Any) -> str:
        """Write its address."""
        return reverse(f"{self.space}{self.name}", kwargs=given)


def every_page() -> list[Page]:
    """List all pages below /admin/, by name: the site's own, and those that are mounted before it.

    A pattern that stands twice under one name is one page with both needs.
    """
    found = {(page.space, page.name): page for mounted in _mounted() for page in _pages(mounted)}
    return sorted(found.values(), key=lambda page: (page.name, page.space))


def listed_models() -> list[str]:
    """Name the models that have a list, such as `payments.Payment`."""
    return sorted(model._meta.label for model in admin.site._registry)


def model_of(name: str) -> tuple[str, str] | None:
    """Read a model's page's name, such as `payments_payment_change`, as the model's label and what the page does."""
    for label in listed_models():
        begin = label.lower().replace(".", "_") + "_"
        if name.startswith(begin):
            return label, name.removeprefix(begin)
    return None


def _mounted() -> list[URLResolver]:
    return [
        one
        for one in get_resolver().url_patterns
        if isinstance(one, URLResolver) and str(one.pattern).startswith(_BELOW)
    ]


def _pages(mounted: URLResolver) -> Iterator[Page]:
    space = f"{mounted.namespace}:" if mounted.namespace else ""
    before = "" if space == "admin:" else str(mounted.pattern).removeprefix(_BELOW)
    yield from _below(mounted, space, before)


def _below(resolver: URLResolver, space: str, before: str = "") -> Iterator[Page]:
    for one in resolver.url_patterns:
        route = f"{before}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from _below(one, space, route)
        elif isinstance(one, URLPattern):
            yield Page(one.name or route, route, frozenset(one.pattern.converters), space)
