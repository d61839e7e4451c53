"""Bulk actions on an admin's list: the chosen rows, or all that its filter finds, become a draft with a confirm page."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from backoffice.links import page_of
from backoffice.services.make_batch import make_batch

from . import catalogue
from .base import BulkKind

_Offered = tuple[Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None], str, Any]


class BulkMixin(ModelAdmin):  # type: ignore[misc]
    """Put this before an admin class; `bulk_on` names its list (`payments.payment`)."""

    bulk_on: ClassVar[str]
    list_after_template = "backoffice/bulk/all.html"
    actions_on_top = True
    actions_selection_counter = True

    def get_actions(self, request: HttpRequest) -> dict[str, _Offered]:
        """Offer what the person may begin."""
        return {
            kind.name: (_chooser(kind), kind.name, kind.title)
            for kind in catalogue.offered_on(self.bulk_on, request.user)
        }

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Offer the same for all that the filter finds."""
        more = {
            "bulk_kinds": catalogue.offered_on(self.bulk_on, request.user),
            "bulk_most": settings.BACKOFFICE_BULK_MOST,
        }
        shown: HttpResponseBase = super().changelist_view(request, {**(extra_context or {}), **more})
        return shown


def begin(request: HttpRequest, kind: BulkKind, chosen: QuerySet[Any]) -> HttpResponse | None:
    """Judge the chosen rows and lead to the confirm page; None with a message where there are too many, or none."""
    if not request.user.has_perm(kind.permission):
        raise PermissionDenied
    most = settings.BACKOFFICE_BULK_MOST
    ids = list(chosen.values_list("pk", flat=True)[: most + 1])
    if len(ids) > most:
        told = {"most": most}
        messages.error(request, _("More than %(most)s rows are chosen. Narrow the filter and do it in parts.") % told)
        return None
    owner = User.objects.get(username=request.user.get_username())
    judged = kind.judge(chosen.model._default_manager.filter(pk__in=ids), owner) if ids else []
    if not judged:
        messages.error(request, _("No row is chosen."))
        return None
    if len(judged) > most:
        messages.error(request, _("This would be about more than %(most)s rows. Choose fewer.") % {"most": most})
        return None
    return HttpResponseRedirect(page_of(make_batch(kind, judged, owner=owner)))


def _chooser(kind: BulkKind) -> Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]:
    def choose(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return begin(request, kind, queryset)

    return choose
