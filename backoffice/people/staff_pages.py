"""The pages of one member of staff: see, make, change; and what is done to them at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from backoffice.access import visible_staff
from backoffice.actions import tokens
from backoffice.differences import difference_table
from backoffice.models import StaffSession
from backoffice.profile import profile_of
from backoffice.rights import rights_of, why_not
from backoffice.services import second_factor, staff, staff_acts
from backoffice.services.by import id_of_user
from paymenthub.kernel.errors import HubError
from payments.models import AuditEntry
from payments.services import audit

from .acting import by_request
from .gate import must_have_factor
from .staff_forms import NoteForm, StaffForm, write_limits

MANAGE = "backoffice.manage_staff"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done to a person at once; `run` returns a secret that is shown once, or nothing."""

    title: str | Promise
    button: str | Promise
    effect: tuple[str | Promise, ...]
    run: Callable[..., str | None]


ACTS = {
    "password": Act(
        gettext_lazy("Give a one-time password"),
        gettext_lazy("Give it"),
        (
            gettext_lazy("The present password is good no longer, and their sessions end."),
            gettext_lazy("The new one is shown once, to you. They choose their own when they sign in."),
        ),
        staff_acts.give_one_time_password,
    ),
    "second-factor": Act(
        gettext_lazy("Reset the second factor"),
        gettext_lazy("Reset it"),
        (
            gettext_lazy("Their app and their recovery codes let nobody in any more, and their sessions end."),
            gettext_lazy("Until they set up another one, their password alone lets them in. Make sure who asks."),
        ),
        staff_acts.reset_second_factor,
    ),
    "unlock": Act(
        gettext_lazy("Unlock the sign-in"),
        gettext_lazy("Unlock it"),
        (gettext_lazy("The wrong passwords are forgotten, and the next sign-in is let through at once."),),
        staff_acts.unlock,
    ),
    "sessions": Act(
        gettext_lazy("End all sessions"),
        gettext_lazy("End them"),
        (gettext_lazy("They are signed out everywhere, and sign in again."),),
        staff_acts.end_others_sessions,
    ),
}


@never_cache
def show(request: HttpRequest, user_id: Any) -> HttpResponse:
    """Show a person, and what may be done."""
    person = _person(request, user_id)
    rights = rights_of(person)
    attempts = AccessAttempt.objects.filter(
        username=person.get_username(), failures_since_start__gte=settings.STAFF_SIGN_IN_TRIES
    )
    entries = AuditEntry.objects.filter(object_id=id_of_user(person.pk)).exclude(outcome="asked")
    context = {
        **admin.site.each_context(request),
        "title": person.get_username(),
        "person": person,
        "profile": profile_of(person),
        "projects": profile.projects.all() if (profile := profile_of(person)) else [],
        "permissions": sorted(rights.permissions),
        "limits": write_limits(rights.limits) if rights.limits else "",
        "unlimited": rights.limits is None,
        "device": second_factor.device_of(person),
        "must_have": must_have_factor(person),
        "locked_from": sorted({str(row.ip_address or "?") for row in attempts}),
        "sessions": StaffSession.objects.filter(user=person).order_by("-seen_at")[:20],
        "refusal": why_not(_giver(request), person),
        "acts": [(name, act.title) for name, act in ACTS.items()],
        "history": [
            (entry, difference_table(entry.before, entry.after)) for entry in entries.order_by("-created_at")[:30]
        ],
    }
    return render(request, "backoffice/people/person.html", context)


@never_cache
def add(request: HttpRequest) -> HttpResponse:
    """Make a member of staff, and show the one-time password once."""
    giver = _giver(request)
    if not (giver.is_superuser or giver.has_perm(MANAGE)):
        raise PermissionDenied
    form = StaffForm(giver, None, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        by = by_request(request, form.cleaned_data["note"])
        try:
            person, password = staff.create_staff(username=form.cleaned_data["username"], given=form.given(), by=by)
        except HubError as error:
            form.add_error("username" if error.param == "username" else None, error.message)
        else:
            return _secret(request, person, password)
    return _form(request, form, _("Make a member of staff"), _("Make them"), reverse("admin:auth_user_changelist"))


@never_cache
def change(request: HttpRequest, user_id: Any) -> HttpResponse:
    """Change a member of staff."""
    person, giver = _person(request, user_id), _giver(request)
    _refuse_beyond(giver, person)
    form = StaffForm(giver, person, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        by = by_request(request, form.cleaned_data["note"])
        try:
            staff.change_staff(user_id=person.pk, given=form.given(), seen_before=form.cleaned_data["seen"], by=by)
        except HubError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("%(name)s was changed.") % {"name": person.get_username()})
            return HttpResponseRedirect(_page(person))
    title = _("Change %(name)s") % {"name": person.get_username()}
    return _form(request, form, title, _("Save"), _page(person))


@never_cache
def act(request: HttpRequest, user_id: Any, name: str) -> HttpResponse:
    """Ask for a reason, and do what the page is about, once."""
    found = ACTS.get(name)
    if found is None:
        raise Http404
    person, giver = _person(request, user_id), _giver(request)
    if name != "sessions" or not giver.has_perm("backoffice.view_session"):
        _refuse_beyond(giver, person)
    object_id, signed = id_of_user(person.pk), request.POST.get("token", "")
    fresh = tokens.Token(str(giver.pk), f"staff.{name}", object_id, audit.next_number(object_id))
    token = tokens.read(signed, user=fresh.user, action=fresh.action, object_id=object_id)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and token is None:
        form.add_error(None, _("This page is too old. Look at it again, and send it once more."))
    if token is not None and form.is_valid():
        by = by_request(request, form.cleaned_data["note"])
        try:
            secret = found.run(user_id=person.pk, by=by, number=token.number, **_which(request, name))
        except HubError as error:
            form.add_error(None, error.message)
        else:
            if secret:
                return _secret(request, person, secret)
            messages.success(request, _("Done: %(what)s.") % {"what": found.title})
            return HttpResponseRedirect(_page(person))
    title = f"{found.title} · {person.get_username()}"
    more = {"effect": found.effect, "token": (token or fresh).signed()}
    return _form(request, form, title, found.button, _page(person), **more)


def _which(request: HttpRequest, name: str) -> dict[str, int]:
    wanted = request.GET.get("session", "")
    return {"session": int(wanted)} if name == "sessions" and wanted.isdecimal() and len(wanted) < 18 else {}


def _form(request: HttpRequest, form: Any, title: str, button: str | Promise, back: str, **more: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, "form": form, "button": button, "back": back, **more}
    return render(request, "backoffice/people/form.html", context, status=400 if form.errors else 200)


def _secret(request: HttpRequest, person: User, password: str) -> HttpResponse:
    title = _("A one-time password for %(name)s") % {"name": person.get_username()}
    context = {**admin.site.each_context(request), "title": title, "password": password, "back": _page(person)}
    return render(request, "backoffice/people/one_time_password.html", context)


def _person(request: HttpRequest, user_id: Any) -> User:
    giver = _giver(request)
    if not (giver.is_superuser or giver.has_perm("auth.view_user") or giver.has_perm(MANAGE)):
        raise PermissionDenied
    if not str(user_id).isdecimal() or len(str(user_id)) > 9:
        raise Http404
    return get_object_or_404(visible_staff(giver), pk=user_id)


def _giver(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - admin_view lets members of staff in only
    return request.user


def _refuse_beyond(giver: User, person: User) -> None:
    if problem := why_not(giver, person):
        raise PermissionDenied(problem)


def _page(person: User) -> str:
    return reverse("admin:auth_user_change", args=[person.pk])
