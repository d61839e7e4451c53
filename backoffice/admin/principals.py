"""Principals: the companies that own projects."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from backoffice.access import sees_all, visible_projects
from payments.models import Principal

from ._read_only import ReadOnlyAdmin


@admin.register(Principal)
class PrincipalAdmin(ReadOnlyAdmin):
    """Principals."""

    list_display = ("name", "standing", "created")
    list_filter = ("standing",)
    search_fields = ("name__istartswith",)
    fields = ("name", "standing", "created")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Principal]:
        """Keep those who own a project of the person's."""
        if sees_all(request.user):
            return Principal.objects.all()
        return Principal.objects.filter(pk__in=visible_projects(request.user).order_by().values("principal"))
