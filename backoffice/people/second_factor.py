"""The second step of signing in, and the page where a person sets the second factor up."""

import base64
from typing import Any
from urllib.parse import quote, urlencode

import django_otp
import segno
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from unfold.widgets import UnfoldAdminTextInputWidget

from backoffice.models import AccessKind
from backoffice.services import second_factor, sessions
from backoffice.services.access_records import came
from paymenthub.kernel.errors import Conflict, HubError
from payments.selectors.keyring import ring

from .acting import by_request
from .gate import SECOND_STEP, must_have_factor, step_before

_PENDING = "hub_totp"
_WRONG = "hub_wrong_codes"
_MOST_WRONG = 5


class CodeForm(forms.Form):
    """A code of the app, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=32,
        widget=UnfoldAdminTextInputWidget(
            {"autocomplete": "one-time-code", "autofocus": "", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )


@never_cache
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor after the password."""
    user = _user(request)
    then = _then(request)
    if step_before(request, user) != SECOND_STEP:
        return HttpResponseRedirect(then)
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            passed = second_factor.verify(user=user, code=form.cleaned_data["code"])
        except HubError as error:
            form.add_error("code", error.message)
            status = error.status
            came(request, AccessKind.WRONG_CODE, user=user)
            if _too_many(request):
                logout(request)
                messages.error(request, _("Too many wrong codes. Sign in again."))
                return HttpResponseRedirect(reverse("admin:login"))
        else:
            _let_in(request, passed.device)
            came(request, passed.how, user=user)
            if passed.how is AccessKind.RECOVERY_CODE:
                told = _("That was a recovery code; %(left)s are left. Replace them before they run out.")
                messages.warning(request, told % {"left": second_factor.codes_left(user)})
            return HttpResponseRedirect(then)
    context = {**admin.site.each_context(request), "title": _("Second step"), "form": form, "next": then}
    return render(request, "backoffice/people/second_step.html", context, status=status)


@never_cache
def manage(request: HttpRequest) -> HttpResponse:
    """Set the second factor up; or, with a code of it, replace the recovery codes or turn it off."""
    user = _user(request)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if second_factor.device_of(user) is not None:
        return _change(request, user, form)
    if request.method == "POST" and form.is_valid():
        try:
            device, codes = second_factor.enrol(
                user_id=user.pk, key=_pending(request), code=form.cleaned_data["code"], by=by_request(request)
            )
        except Conflict:
            return HttpResponseRedirect(reverse("people:second_factor"))
        except HubError as error:
            form.add_error("code", error.message)
        else:
            request.session.pop(_PENDING, None)
            _let_in(request, device)
            sessions.end_sessions(user, but=request.session.session_key)
            return _codes(request, codes)
    context = {
        **admin.site.each_context(request),
        "title": _("Set up a second factor"),
        "form": form,
        "must_have": must_have_factor(user),
        **_drawn(user, _pending(request)),
    }
    return render(request, "backoffice/people/set_up.html", context, status=400 if form.errors else 200)


def _change(request: HttpRequest, user: User, form: CodeForm) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            second_factor.verify(user=user, code=form.cleaned_data["code"])
        except HubError as error:
            form.add_error("code", error.message)
            came(request, AccessKind.WRONG_CODE, user=user)
        else:
            if request.POST.get("what") == "off":
                second_factor.remove_own(user_id=user.pk, by=by_request(request))
                messages.success(request, _("The second factor is off."))
                return HttpResponseRedirect(reverse("people:account"))
            return _codes(request, second_factor.new_codes(user_id=user.pk, by=by_request(request)))
    context = {
        **admin.site.each_context(request),
        "title": _("Second factor"),
        "form": form,
        "codes_left": second_factor.codes_left(user),
        "must_have": must_have_factor(user),
    }
    return render(request, "backoffice/people/factor.html", context, status=400 if form.errors else 200)


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """Show recovery codes: in the answer to the form, and never again."""
    context = {**admin.site.each_context(request), "title": _("Your recovery codes"), "codes": codes}
    return render(request, "backoffice/people/codes.html", context)


def _pending(request: HttpRequest) -> bytes:
    """Return the key that the person is setting up: all tabs of a session show the same one."""
    context = f"totp-pending:{request.user.pk}".encode()
    sealed = request.session.get(_PENDING)
    if sealed:
        return ring().open(sealed, context=context)
    key = second_factor.new_key()
    request.session[_PENDING] = ring().seal(key, context=context)
    return key


def _drawn(user: User, key: bytes) -> dict[str, Any]:
    """Draw the key as a QR code, and write it for typing."""
    secret = base64.b32encode(key).decode().rstrip("=")
    label = quote(f"{settings.OTP_TOTP_ISSUER}:{user.get_username()}")
    asked = urlencode({"secret": secret, "issuer": settings.OTP_TOTP_ISSUER, "digits": 6, "period": 30})
    code = segno.make(f"otpauth://totp/{label}?{asked}", error="m")
    return {
        "picture": code.svg_data_uri(scale=5, border=3, dark="#000", light="#fff"),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    }


def _let_in(request: HttpRequest, device: Any) -> None:
    django_otp.login(request, device)
    request.session.pop(_WRONG, None)
    request.session.cycle_key()
    sessions.note_session(request)  # under the new key at once: what ends the others must know this one


def _too_many(request: HttpRequest) -> bool:
    request.session[_WRONG] = request.session.get(_WRONG, 0) + 1
    return bool(request.session[_WRONG] >= _MOST_WRONG)


def _then(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe and wanted.startswith("/admin/") else reverse("admin:index")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - admin_view lets members of staff in only
    return User.objects.get(pk=request.user.pk)  # the user itself, not Django's lazy stand-in
