"""How the system is: a page that looks again by itself. It holds no rows and no personal data."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from backoffice.health.backlog import backlog
from backoffice.health.check import Light
from backoffice.health.outside import outside
from backoffice.health.processes import processes, versions
from backoffice.models import SystemHealth
from paymenthub.kernel import clock

from ._read_only import ReadOnlyAdmin

_PERMISSION = "backoffice.view_health"


@admin.register(SystemHealth)
class SystemHealthAdmin(ReadOnlyAdmin):
    """The page, and the part of it that is fetched again."""

    def get_urls(self) -> list[URLPattern]:
        """Serve the page and its changing part; there are no rows to list."""
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.page), name="backoffice_systemhealth_changelist"),
            path("now/", wrap(self.now), name="backoffice_systemhealth_now"),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Tell who may see it."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may see it."""
        return request.user.has_perm(_PERMISSION)

    def page(self, request: HttpRequest) -> HttpResponse:
        """Show everything."""
        context = {**self.admin_site.each_context(request), "title": _("System health"), **self._looked(request)}
        return render(request, "backoffice/health/page.html", context)

    def now(self, request: HttpRequest) -> HttpResponse:
        """Show what has changed, for the page that is open."""
        return render(request, "backoffice/health/_now.html", self._looked(request))

    def _looked(self, request: HttpRequest) -> dict[str, Any]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        groups = [processes(), backlog(request.user), outside(request.user), versions()]
        worst = max(check.light for group in groups for check in group.checks)
        words = {
            Light.GREEN: _("Everything is as it should be."),
            Light.GREY: _("Something could not be asked."),
            Light.AMBER: _("Something waits longer than it should."),
            Light.RED: _("Something needs you now."),
        }
        return {"groups": groups, "worst": worst, "worst_words": words[worst], "looked_at": clock.now()}
