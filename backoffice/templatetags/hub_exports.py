"""The way from a list to its export, with the list's filter."""

from typing import Any

from django import template
from django.contrib.auth.models import User
from django.db.models.options import Options
from django.http import HttpRequest
from django.urls import reverse

from backoffice.exports.lists import list_of, may_export

register = template.Library()


@register.simple_tag
def export_address(request: HttpRequest, opts: "Options[Any]") -> str:
    """Return where the list at hand is exported; nothing where it cannot be, or not by this person."""
    found = list_of(opts.model)
    if found is None or not isinstance(request.user, User) or not may_export(request.user, found):
        return ""
    query = request.META.get("QUERY_STRING", "")
    address = reverse("admin:backoffice_exportjob_new", args=[found.name])
    return f"{address}?{query}" if query else address
