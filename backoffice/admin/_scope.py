"""What a person's projects mean for a page of any kind: its rows, the choices of its filters and forms, its address."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from backoffice.access import scoped, sees_all, visible_projects
from backoffice.lists.strict import StrictChangeList
from payments.models import Project

# What a filter of a list may ask about its own field; anything else in an address is refused.
_ASKED = frozenset(
    {
        (),
        ("exact",),
        ("in",),
        ("isnull",),
        ("isempty",),
        ("gte",),
        ("gt",),
        ("lte",),
        ("lt",),
        ("id", "exact"),
        ("pk", "exact"),
        ("id", "in"),
    }
)


class NotThere(ModelAdmin):  # type: ignore[misc]
    """Says 404 where Django leads to the first page: what is not there, and what is another project's, are one."""

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        raise Http404


class Scoped(NotThere):
    """Keeps a page to the person's projects, list and choices and address.

    `project_path` leads from a row to its project: rows of other projects are not there (404). None says that the rows are
    the hub's as a whole: only those who see all projects see them.
    """

    project_path: str | None = "project"
    linked_by: tuple[str, ...] = ()
    """What other pages link to this list by, such as the endpoint of deliveries, without a filter of that name beside it."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Keep what belongs to the person's projects."""
        queryset: QuerySet[Any] = super().get_queryset(request)
        if self.project_path is None:
            return queryset if sees_all(request.user) else queryset.none()
        return scoped(queryset, request.user, self.project_path)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Refuse what of an address is not understood."""
        return StrictChangeList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Say so where an address was refused, and every row is shown instead."""
        if request.method == "GET" and ERROR_FLAG in request.GET:
            messages.warning(request, _("The filter was not understood and is taken away: all rows are shown."))
        shown: HttpResponseBase = super().changelist_view(request, extra_context)
        return shown

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Take what the list's own filters and the links to it ask, and no other field, column or relation.

        Any other look-up would tell, yes or no, what stands in columns that no page shows, such as the hash of a key.
        """
        name, *rest = lookup.split("__")
        if name not in _queried(self.model):
            return True  # no column: a filter that reads its parameter itself, or a mistake that changes nothing
        return tuple(rest) in _ASKED and name in self._filtered(request)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer what the person may see."""
        if "queryset" not in kwargs:
            kwargs["queryset"] = choices_of(self, db_field.related_model, request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _filtered(self, request: HttpRequest) -> set[str]:
        named: list[Any] = [one[0] if isinstance(one, tuple | list) else one for one in self.get_list_filter(request)]
        names = [one if isinstance(one, str) else getattr(one, "parameter_name", None) for one in named]
        return {name.partition("__")[0] for name in (*names, *self.linked_by, self.date_hierarchy) if name}


class RelatedScopedFilter(admin.RelatedFieldListFilter):
    """A filter by another row, such as a project: of those that the person may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        """Offer them by name."""
        return [(row.pk, str(row)) for row in choices_of(model_admin, field.related_model, request)]

    def has_output(self) -> bool:
        """Filter wherever it is asked to: with one choice only, Django would drop the question and list every row."""
        return super().has_output() or bool(self.used_parameters)


def choices_of(page: Any, model: type[Model], request: HttpRequest) -> QuerySet[Any]:
    """List the rows of a model that a person may choose from: those which its own page shows; none where it has none."""
    if model is Project:
        return visible_projects(request.user)
    of_model = page.admin_site._registry.get(model)
    return of_model.get_queryset(request) if of_model is not None else model._default_manager.none()


def _queried(model: type[Model]) -> set[str]:
    """Name all that an address could ask of a model: columns, relations to it and from it, its key."""
    return {"pk", *model._meta.fields_map, *model._meta._forward_fields_map}  # type: ignore[attr-defined]


def _leads_to_a_row(field: "Field[Any, Any]") -> bool:
    return isinstance(field, ForeignKey) and field.related_model._meta.app_label in (
        "payments",
        "invoices",
        "backoffice",
    )


# Every filter that is named by such a column, on whatever page, is one of these.
admin.FieldListFilter.register(_leads_to_a_row, RelatedScopedFilter, take_priority=True)
