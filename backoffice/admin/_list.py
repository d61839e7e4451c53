"""The base of the admin's big lists: filters by URL, saved views, chosen columns, totals, pages by key."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.lists.bounded import TooSlow
from backoffice.lists.changelist import KeysetChangeList
from backoffice.lists.controls import columns_of, controls, filter_only
from backoffice.lists.listing import Listing
from backoffice.lists.reading import VIEW
from backoffice.lists.totals import totals
from backoffice.models import SavedView
from backoffice.services import saved_views

from ._read_only import ReadOnlyAdmin


class ListAdmin(ReadOnlyAdmin):
    """A list that is a `Listing`. Columns are methods of the admin; `always` are columns that nobody chooses."""

    listing: ClassVar[Listing]
    always: tuple[str, ...] = ()

    change_list_template = "backoffice/lists/change_list.html"
    list_filter = ()
    sortable_by = ()
    list_fullwidth = True

    def prepare(self, request: HttpRequest, rows: list[Any]) -> None:
        """Read what the columns of one page need beside the rows themselves."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        """Read pages by key."""
        return KeysetChangeList

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Show what the person has chosen."""
        return [*columns_of(request, self.listing), *self.always]

    def get_urls(self) -> list[URLPattern]:
        """Add what belongs to the list as a whole."""
        wrap, name = self.admin_site.admin_view, f"payments_{self.opts.model_name}"
        mine = [
            path("totals/", wrap(self.totals_view), name=f"{name}_totals"),
            path("columns/", wrap(require_POST(self.columns_view)), name=f"{name}_columns"),
            path("views/", wrap(require_POST(self.save_view)), name=f"{name}_save_view"),
            path("views/<uuid:pk>/", wrap(self.change_view_of), name=f"{name}_saved_view"),
        ]
        return mine + list(super().get_urls())

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Put tabs, filters, views and pages around the rows."""
        response: HttpResponseBase = super().changelist_view(request, extra_context)
        changes = (getattr(response, "context_data", None) or {}).get("cl")
        if isinstance(response, TemplateResponse) and changes is not None:
            shown = [name for name in self.get_list_display(request) if name not in self.always]
            listing = controls(request, self.listing, changes, shown)
            name = f"admin:payments_{self.opts.model_name}"
            listing["totals_url"], listing["columns_url"], listing["save_url"] = (
                reverse(f"{name}_{part}") for part in ("totals", "columns", "save_view")
            )
            for row in listing["views"]:
                row["edit"] = reverse(f"{name}_saved_view", args=[row["view"].pk]) if row["mine"] else ""
            response.context_data["listing"] = listing  # type: ignore[index]
        return response

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseBase | None:
        """Refuse to do anything to many rows where a part of the filter was not understood."""
        problems = self.listing.reading(request.user, request.GET).problems
        if problems:
            messages.error(request, " ".join((*problems, _("So nothing was done."))))
            return HttpResponseRedirect(request.get_full_path())
        answer: HttpResponseBase | None = super().response_action(request, queryset)
        return answer

    def totals_view(self, request: HttpRequest) -> HttpResponse:
        """Add the filtered rows up: a part of the list's page, or a page of its own where there is no script."""
        self._may_look(request)
        context: dict[str, Any] = {"problems": self.listing.reading(request.user, request.GET).problems}
        try:
            context["totals"] = [] if context["problems"] else totals(self.listing, request.user, request.GET)
        except TooSlow:
            context["too_slow"] = True
        if request.headers.get("HX-Request"):
            return render(request, "backoffice/lists/_totals.html", context)
        context |= self.admin_site.each_context(request) | {"title": _("Totals"), "back": self._list(request.GET)}
        return render(request, "backoffice/lists/totals.html", context)

    def columns_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the columns that a person wants, in the order they stand in."""
        self._may_look(request)
        wanted = [name for name in dict.fromkeys(request.POST.getlist("column")) if name in self.listing.columns]
        chosen = [] if "usual" in request.POST else wanted
        saved_views.choose_columns(user=request.user, listing=self.listing.key, columns=chosen)  # type: ignore[arg-type]
        return HttpResponseRedirect(self._list(filter_only(QueryDict(request.POST.get("query", "")))))

    def save_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the present filter under a name."""
        self._may_look(request)
        query = filter_only(QueryDict(request.POST.get("query", "")))
        wanted = request.POST.getlist("column") if "with_columns" in request.POST else []
        try:
            view = saved_views.save_view(
                owner=request.user,  # type: ignore[arg-type]
                listing=self.listing.key,
                name=request.POST.get("name", ""),
                query=query.urlencode(),
                columns=[name for name in dict.fromkeys(wanted) if name in self.listing.columns],
                shared="shared" in request.POST,
            )
        except saved_views.ViewRefused as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(self._list(query))
        messages.success(request, _("The view «%(name)s» is saved.") % {"name": view.name})
        query[VIEW] = str(view.pk)
        return HttpResponseRedirect(self._list(query))

    def change_view_of(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Rename, share or delete a view of the person's own."""
        self._may_look(request)
        view = get_object_or_404(SavedView, pk=pk, owner=request.user, listing=self.listing.key)
        back = self._list(QueryDict(view.query))
        if request.method == "POST":
            try:
                if "delete" in request.POST:
                    saved_views.delete_view(owner=request.user, pk=pk)  # type: ignore[arg-type]
                    messages.success(request, _("The view «%(name)s» is deleted.") % {"name": view.name})
                else:
                    name, shared = request.POST.get("name", ""), "shared" in request.POST
                    saved_views.change_view(owner=request.user, pk=pk, name=name, shared=shared)  # type: ignore[arg-type]
                    messages.success(request, _("The view is changed."))
            except saved_views.ViewRefused as error:
                messages.error(request, str(error))
                return HttpResponseRedirect(request.path)
            except SavedView.DoesNotExist:
                raise Http404 from None
            return HttpResponseRedirect(back)
        context = self.admin_site.each_context(request) | {"title": view.name, "view": view, "back": back}
        return render(request, "backoffice/lists/view.html", context)

    def _may_look(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _list(self, query: QueryDict) -> str:
        address = reverse(f"admin:payments_{self.opts.model_name}_changelist")
        return f"{address}?{query.urlencode()}" if query else address
