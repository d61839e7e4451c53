"""Principals: the companies that own projects."""

from django.contrib import admin

from payments.models import Principal

from ._read_only import ReadOnlyAdmin


@admin.register(Principal)
class PrincipalAdmin(ReadOnlyAdmin):
    """Principals."""

    project_path = None
    list_display = ("name", "standing", "created")
    list_filter = ("standing",)
    search_fields = ("name__istartswith",)
    fields = ("name", "standing", "created")
