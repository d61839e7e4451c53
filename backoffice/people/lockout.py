"""Signing in: counted by address, locked by name and address, written down; a stranger learns no names from it."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from backoffice.models import AccessKind
from backoffice.requests import address_of
from backoffice.services.access_records import came
from paymenthub.kernel.client_address import bucket_of
from paymenthub.kernel.errors import RateLimited
from payments.services import rates


@never_cache
def login(request: HttpRequest) -> HttpResponse:
    """Sign a person in by name and password."""
    if request.method != "POST":
        return admin.site.login(request)
    try:
        bucket = bucket_of(address_of(request) or "")
        if bucket:
            rates.limit(settings.STAFF_SIGN_IN_RATE_PER_IP, "sign-in", bucket, "Too many sign-ins.")
    except RateLimited as error:
        return _page(request, error.retry_after)
    response = admin.site.login(request)
    user = User.objects.filter(username=_typed_name(request)).first()
    if getattr(request, "axes_locked_out", False):
        came(request, AccessKind.LOCKED, user=user)
    elif request.user.is_authenticated and response.status_code == 302:
        came(request, AccessKind.SIGNED_IN, user=user)
    else:
        # What is no user's name is not kept: it may be somebody's password, typed into the wrong field.
        came(request, AccessKind.FAILED, user=user, name="?")
    return response


@never_cache
def logout(request: HttpRequest) -> HttpResponse:
    """Sign the person out."""
    user = request.user
    if request.method == "POST" and isinstance(user, User):
        came(request, AccessKind.SIGNED_OUT, user=user)
    return admin.site.logout(request)


def locked_page(request: HttpRequest, original: HttpResponse | None, credentials: Any) -> HttpResponse:
    """Say that too many passwords were wrong: the same for names that are somebody's and for those that are not."""
    return _page(request, settings.STAFF_SIGN_IN_LOCK)


def _page(request: HttpRequest, seconds: int) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": "PaymentHub", "minutes": max(1, -(-seconds // 60))}
    response = render(request, "backoffice/people/locked.html", context, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _typed_name(request: HttpRequest) -> str:
    return request.POST.get("username", "").replace("\x00", "")[:150]
