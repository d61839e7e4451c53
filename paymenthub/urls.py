"""What this process mounts, by its roles (HUB_ROLES). Fixed first segments stand before `/{provider}`."""

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

import backoffice.dashboard.urls as dashboard_urls
import backoffice.people.urls as people_urls
import invoices.api.urls as invoice_urls
import payments.api.urls as api_urls
import payments.callbacks.urls as callback_urls
import payments.checkout.urls as checkout_urls

from . import probes


def routes(roles: list[str]) -> list[URLPattern | URLResolver]:
    """List the routes of a process with these roles."""
    if not roles:
        raise ImproperlyConfigured("HUB_ROLES is empty: name at least one of api, web, admin.")
    found: list[URLPattern | URLResolver] = [
        path("-/healthz", probes.healthz),
        path("-/ready", probes.ready),
        path("-/check-up", probes.check_up),
        path("-/metrics", probes.metrics),
    ]
    if "api" in roles or "admin" in roles:
        found.append(path("", RedirectView.as_view(url="/documentation" if "api" in roles else "/admin/")))
    if "admin" in roles:
        found.append(path("admin", RedirectView.as_view(url="/admin/")))
        found.append(path("admin/dashboard/", include(dashboard_urls)))
        found.append(path("admin/", include(people_urls)))
        found.append(path("admin/", admin.site.urls))
    if "web" in roles:
        found.append(path("", include(callback_urls.fixed)))
        found.append(path("", include(checkout_urls.web)))
        found.append(path("", include(invoice_urls.web)))
    if "api" in roles:
        found.append(path("", include(api_urls.fixed)))
        found.append(path("", include(invoice_urls.api)))
    if "web" in roles:
        found.append(path("", include(callback_urls.by_provider)))
    if "api" in roles:
        found.append(path("", include(api_urls.by_provider)))
    return found


urlpatterns = routes(settings.HUB_ROLES)
handler400 = "paymenthub.error_pages.bad_request"
handler403 = "paymenthub.error_pages.forbidden"
handler404 = "paymenthub.error_pages.not_found"
handler500 = "paymenthub.error_pages.server_error"
