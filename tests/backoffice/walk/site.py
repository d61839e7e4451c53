"""Every address of the admin, found by walking its resolver."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Page:
    """One pattern. Its `name` is that of `reverse`, or its route where it has none."""

    name: str
    route: str
    wants: frozenset[str]

    @property
    def is_named(self) -> bool:
        """Tell whether it can be reversed."""
        return self.name != self.route


def every_page() -> list[Page]:
    """List all pages under admin:, by name. A pattern that stands twice under one name is one page with both needs."""
    found = {page.name: page for page in _below(_admin())}
    return sorted(found.values(), key=lambda page: page.name)


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


def _admin() -> URLResolver:
    return next(one for one in get_resolver().url_patterns if getattr(one, "namespace", None) == "admin")


def _below(resolver: URLResolver, before: str = "") -> Iterator[Page]:
    for one in resolver.url_patterns:
        route = f"{before}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from _below(one, route)
        elif isinstance(one, URLPattern):
            yield Page(one.name or route, route, frozenset(one.pattern.converters))
