"""What stands around a list: tabs, saved views, chips of what it is filtered by, the filter form, orders, pages."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, QueryDict

from backoffice.models import ListColumns, SavedView

from .changelist import KeysetChangeList
from .filters import Active
from .listing import Listing
from .reading import AFTER, BEFORE, SEARCH, SORT, VIEW

_MOST_SHARED = 100


def filter_only(query: QueryDict) -> QueryDict:
    """Return what of a URL is its filter and order: what is worth keeping or passing on."""
    kept = query.copy()
    for name in (AFTER, BEFORE, VIEW, "e"):
        kept.pop(name, None)
    return kept


def views_of(user: User, listing: Listing) -> list[SavedView]:
    """List a person's saved views of a list, then those that others share."""
    seen = SavedView.objects.filter(Q(owner=user) | Q(shared=True), listing=listing.key).select_related("owner")
    views = list(seen.order_by("name", "pk")[: _MOST_SHARED * 2])
    return [view for view in views if view.owner_id == user.pk] + [view for view in views if view.owner_id != user.pk]


def columns_of(request: HttpRequest, listing: Listing) -> list[str]:
    """Tell which columns a person sees: the view's, else those that they have chosen, else the usual ones."""
    chosen: Any = None
    if request.GET.get(VIEW):
        view = next((v for v in views_of(request.user, listing) if str(v.pk) == request.GET[VIEW]), None)  # type: ignore[arg-type]
        chosen = view.columns if view is not None else None
    if not chosen:
        mine = ListColumns.objects.filter(user=request.user.pk, listing=listing.key)
        chosen = mine.values_list("columns", flat=True).first()
    known = [name for name in chosen or () if name in listing.columns]
    return known or list(listing.usual)


def controls(request: HttpRequest, listing: Listing, changes: KeysetChangeList, columns: list[str]) -> dict[str, Any]:
    """Put together what the template shows."""
    query = filter_only(request.GET)
    user: User = request.user  # type: ignore[assignment]
    return {
        "problems": changes.problems,
        "too_slow": changes.too_slow,
        "tabs": [
            {
                "label": tab.label,
                "url": _with(query, listing.tab_names, tab.asks),
                "active": _is(query, listing, tab.asks),
            }
            for tab in listing.tabs
        ],
        "views": [
            {
                "view": view,
                "url": f"?{view.query}&{VIEW}={view.pk}" if view.query else f"?{VIEW}={view.pk}",
                "active": str(view.pk) == request.GET.get(VIEW) and _same(view.query, query),
                "mine": view.owner_id == user.pk,
            }
            for view in views_of(user, listing)
        ],
        "chips": [{"active": active, "url": _without(query, active)} for active in changes.reading.active],
        "form": [
            {"filter": each, "kind": f"backoffice/lists/_{each.kind}.html", **each.shown(query, user)}
            for each in listing.filters
        ],
        "term": query.get(SEARCH, ""),
        "search_help": listing.search_help,
        "kept_for_search": _pairs(query, leave=(SEARCH,)),
        "kept_for_form": _pairs(query, leave=tuple(name for each in listing.filters for name in each.names)),
        "sorts": [
            {"label": sort.label, "url": _with(query, (SORT,), {SORT: name}), "active": name == changes.sort}
            for name, sort in listing.sorts.items()
            if not sort.needs or query.get(sort.needs)
        ]
        if not changes.too_slow
        else [],
        "older": _with(query, (), {AFTER: changes.page.older}) if changes.page.older else "",
        "newer": _with(query, (), {BEFORE: changes.page.newer}) if changes.page.newer else "",
        "first": f"?{query.urlencode()}" if request.GET.get(AFTER) or request.GET.get(BEFORE) else "",
        "here": request.get_full_path(),
        "query": query.urlencode(),
        "columns_shown": [
            {"name": name, "label": listing.columns[name], "chosen": name in columns}
            for name in [*columns, *(name for name in listing.columns if name not in columns)]
        ],
    }


def _with(query: QueryDict, instead_of: Iterable[str], asks: Any) -> str:
    made = query.copy()
    for name in instead_of:
        made.pop(name, None)
    for name, value in asks.items():
        made[name] = value
    return f"?{made.urlencode()}"


def _is(query: QueryDict, listing: Listing, asks: Any) -> bool:
    return all(query.getlist(name) == ([asks[name]] if name in asks else []) for name in listing.tab_names)


def _without(query: QueryDict, active: Active) -> str:
    made = query.copy()
    for name in active.names:
        if active.only:
            made.setlist(name, [value for value in made.getlist(name) if value != active.only])
        else:
            made.pop(name, None)
    return f"?{made.urlencode()}"


def _pairs(query: QueryDict, *, leave: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(name, value) for name, values in query.lists() if name not in leave for value in values]


def _same(kept: str, query: QueryDict) -> bool:
    return {name: sorted(values) for name, values in QueryDict(kept).lists()} == {
        name: sorted(values) for name, values in query.lists()
    }
