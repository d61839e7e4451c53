"""Read a list's query string: the filter is the URL. What cannot be read finds nothing and is said, never ignored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from .filters import Active, Filter
from .values import BadValue

SEARCH, SORT, AFTER, BEFORE, VIEW = "q", "sort", "after", "before", "view"
NOT_FILTERS = frozenset({SORT, AFTER, BEFORE, VIEW, "e"})
"""Names of a list's URL that do not narrow it: `e` is put there by Django."""
_LONGEST_TERM = 255


@dataclass(frozen=True, slots=True)
class Reading:
    """What a query string asks for. With problems the condition matches nothing."""

    condition: Q
    problems: tuple[str, ...]
    active: tuple[Active, ...]

    @property
    def is_usable(self) -> bool:
        """Whether everything could be read."""
        return not self.problems


def read(
    filters: Sequence[Filter], search: Callable[[str], Q], query: QueryDict, user: User | AnonymousUser
) -> Reading:
    """Read a query string by a list's filters and its search."""
    condition, problems, active = Q(), [], []
    term = (query.get(SEARCH) or "").strip()
    if len(term) > _LONGEST_TERM or "\x00" in term:
        problems.append(_("The search text is too long, or no text."))
    elif term:
        condition &= search(term)
    if term:
        active.append(Active(_("Search"), term[:40], (SEARCH,)))
    for each in filters:
        try:
            made = each.read(query, user)
        except BadValue as error:
            problems.append(str(error))
        else:
            condition &= Q() if made is None else made
        active += each.active(query, user)
    known = {SEARCH, *NOT_FILTERS, *(name for each in filters for name in each.names)}
    for name in query:
        if name not in known:
            problems.append(_("There is no filter «%(name)s».") % {"name": name[:40]})
            active.append(Active(name[:40], (query.get(name) or "")[:40], (name,)))
    return Reading(Q(pk__in=[]) if problems else condition, tuple(problems), tuple(active))
