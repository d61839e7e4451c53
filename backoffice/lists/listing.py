"""What one list is: its filters and search, tabs, orders and columns, and what is added up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from django.http import QueryDict

from .filters import Filter, Text
from .pages import Order
from .reading import Reading, Search, read


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: a choice of filters under a word."""

    label: Text
    asks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sort:
    """One order that an index serves. `needs` names a filter without which it would say nothing."""

    label: Text
    order: Order
    needs: str = ""
    why: Text = ""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One list. `rows` makes the scoped rows of a query; `tab_names` are the parameters that tabs set."""

    key: str
    filters: Sequence[Filter]
    search: Search
    search_help: Text
    rows: Callable[[User | AnonymousUser, QueryDict], QuerySet[Any]]
    tabs: Sequence[Tab]
    tab_names: tuple[str, ...]
    sorts: Mapping[str, Sort]
    columns: Mapping[str, Text]
    usual: tuple[str, ...]
    sums: Mapping[str, tuple[Text, Any]]
    """Under a name: its words, and the expression that is summed for each currency, in minor units."""

    def reading(self, user: User | AnonymousUser, query: QueryDict) -> Reading:
        """Read what a query string asks."""
        return read(self.filters, self.search, query, user)
