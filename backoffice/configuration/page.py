"""The pages of the configuration: a form that says what it does, and a secret that is shown once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from backoffice.requests import address_of
from paymenthub.kernel.errors import Conflict, HubError
from payments.services.install_machine import By


@dataclass(frozen=True, slots=True)
class Page:
    """A page with a form. `mode`: shown as a coloured mark; `effect`: what happens, one sentence each."""

    title: str
    back: str
    button: str
    effect: Sequence[str] = ()
    mode: str = ""
    is_dangerous: bool = False
    is_get: bool = False


@dataclass(frozen=True, slots=True)
class Secret:
    """Something to be copied now; `is_secret` False: it can be seen later too."""

    name: str
    value: str = field(repr=False)
    is_secret: bool = True


def ask(request: HttpRequest, page: Page, form: forms.Form, *, result: Mapping[str, Any] | None = None) -> HttpResponse:
    """Show the form, with what is wrong in it where it was sent (status 409 where somebody was first).

    `result`: what came of a test, with is_good, told, message, elapsed_ms and body.
    """
    status = 409 if getattr(form, "is_too_late", False) else 200
    context = {
        **admin.site.each_context(request),
        "title": page.title,
        "page": page,
        "form": form,
        "result": result,
        "again": request.get_full_path() if status == 409 else "",
    }
    return render(request, "backoffice/configuration/form.html", context, status=status)


def show_once(
    request: HttpRequest, *, title: str, lead: str, secrets: Sequence[Secret], hints: Sequence[str], back: str
) -> HttpResponse:
    """Answer the POST that made a secret with the secret. Nothing keeps the page: it is in no cache and no history."""
    context = {
        **admin.site.each_context(request),
        "title": title,
        "lead": lead,
        "secrets": secrets,
        "hints": hints,
        "back": back,
    }
    response = render(request, "backoffice/configuration/once.html", context)
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    return response


def by_of(request: HttpRequest, form: forms.Form) -> By:
    """Say who acts, why and from where."""
    return By(request.user.get_username(), form.cleaned_data["reason"], address_of(request))


def explain(form: forms.Form, error: HubError, fields: Mapping[str, str] | None = None) -> None:
    """Put a service's error beside its field; `fields` translates the service's names."""
    name = (fields or {}).get(error.param or "", error.param)
    form.add_error(name if name in form.fields else None, error.message or _("This cannot be done."))
    if isinstance(error, Conflict) and name not in form.fields:
        form.is_too_late = True  # type: ignore[attr-defined]
