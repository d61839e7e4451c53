"""The admin's change list, with pages by key and an end to every question: it counts nothing."""

from typing import Any

from django.conf import settings
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from .bounded import TooSlow, bounded
from .pages import Order, Page, read_page
from .reading import AFTER, BEFORE, SORT, Reading
from .strict import AnySearch
from .values import BadValue

_NOTHING = Page((), "", "")
_WALK = 10  # the part of the time that walking along the order may take


class KeysetChangeList(ChangeList):
    """One page of a `Listing`. `too_slow` says that the database did not answer in time, `problems` what was not understood."""

    model_admin: Any  # a ListAdmin, which imports this file
    search_form_class = AnySearch

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """Return the rows that the URL means, every page of them."""
        self.filter_specs, self.has_filters, self.has_active_filters = [], False, False
        self.clear_all_filters_qs = "?"
        listing = self.model_admin.listing
        self.too_slow, self.problems = False, []
        try:
            with bounded(settings.LIST_TIMEOUT):
                self.reading: Reading = listing.reading(request.user, request.GET)
                rows: QuerySet[Any] = listing.rows(request.user, request.GET)
        except TooSlow:
            self.too_slow, self.reading = True, listing.reading(request.user, request.GET.__class__(""))
            return self.root_queryset.none()
        self.problems += self.reading.problems
        self.sort, self.order = self._order(request)
        return rows

    def get_results(self, request: HttpRequest) -> None:
        """Read one page."""
        page, rows = _NOTHING, {}
        if not self.too_slow:
            try:
                page = self._page(request)
                with bounded(settings.LIST_TIMEOUT):
                    rows = {row.pk: row for row in self.root_queryset.filter(pk__in=page.keys)}
            except TooSlow:
                self.too_slow = True
        self.page = page
        self.result_list = [rows[key] for key in page.keys if key in rows]
        self.model_admin.prepare(request, self.result_list)
        self.result_count = len(self.result_list)
        # Equal, so that no heading tells the rows of a page as if they were all there are.
        self.full_result_count, self.show_full_result_count = self.result_count, False
        self.show_admin_actions = True
        self.can_show_all = self.multi_page = False
        self.paginator = Paginator(self.result_list, self.list_per_page)

    def _page(self, request: HttpRequest) -> Page:
        try:
            return self._read(request, after=request.GET.get(AFTER, ""), before=request.GET.get(BEFORE, ""))
        except BadValue as error:
            self.problems.append(str(error))
        return self._read(request)

    def _read(self, request: HttpRequest, after: str = "", before: str = "") -> Page:
        """Walk along the order; where nearly nothing matches on the way, look for what matches first."""
        rows, size = self.queryset.order_by(), self.list_per_page
        try:
            with bounded(settings.LIST_TIMEOUT // _WALK):
                return read_page(rows, request.user, self.order, size=size, after=after, before=before)
        except TooSlow:
            with bounded(settings.LIST_TIMEOUT):
                return read_page(rows, request.user, self.order, size=size, after=after, before=before, sparse=True)

    def _order(self, request: HttpRequest) -> tuple[str, Order]:
        """Read the order; the usual one, with a word of why, where another cannot be had."""
        sorts = self.model_admin.listing.sorts
        usual = next(iter(sorts))
        name = request.GET.get(SORT) or usual
        if name not in sorts:
            self.problems.append(_("There is no order «%(name)s».") % {"name": name[:40]})
            return usual, sorts[usual].order
        if sorts[name].needs and not request.GET.get(sorts[name].needs):
            self.problems.append(str(sorts[name].why))
            return usual, sorts[usual].order
        return name, sorts[name].order
