"""A person's own page: language, password, second factor, sessions."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from unfold.forms import AdminOwnPasswordChangeForm
from unfold.widgets import UnfoldAdminSelectWidget

from backoffice.models import StaffSession
from backoffice.profile import profile_of
from backoffice.services import own_account, second_factor

from .acting import by_request
from .gate import must_have_factor


class LanguageForm(forms.Form):
    """Which language the pages speak."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            ("", _("As the browser asks")),
            *settings.LANGUAGES,
        ]


class OwnPasswordForm(AdminOwnPasswordChangeForm):  # type: ignore[misc]
    """The old password and a new one, which has to be another."""

    def clean_new_password1(self) -> str:
        """Refuse the old password."""
        new = str(self.cleaned_data["new_password1"])
        if self.user.check_password(new):
            raise ValidationError(_("This is the old password. Choose another one."))
        return new


class FirstPasswordForm(OwnPasswordForm):
    """The same for whoever came with a one-time password."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["old_password"].label = _("The one-time password, once more")


@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """Show the page, and take another language."""
    user = _user(request)
    profile = profile_of(user)
    form = LanguageForm(request.POST or None, initial={"language": profile.language if profile else ""})
    if request.method == "POST" and form.is_valid():
        own_account.choose_language(user, form.cleaned_data["language"])
        return HttpResponseRedirect(reverse("people:account"))
    key = request.session.session_key
    context = {
        **admin.site.each_context(request),
        "title": _("My account"),
        "form": form,
        "device": second_factor.device_of(user),
        "codes_left": second_factor.codes_left(user),
        "must_have": must_have_factor(user),
        "sessions": [
            (row, row.key == key) for row in StaffSession.objects.filter(user=user).order_by("-seen_at")[:100]
        ],
    }
    return render(request, "backoffice/people/account.html", context)


@never_cache
def change_password(request: HttpRequest) -> HttpResponseBase:
    """Change one's own password; every other session of the person ends."""
    user = _user(request)
    must = bool((profile := profile_of(user)) and profile.must_change_password)
    view = PasswordChangeView.as_view(
        form_class=FirstPasswordForm if must else OwnPasswordForm,
        template_name="registration/password_change_form.html",
        success_url=reverse("admin:index") if must else reverse("people:account"),
        extra_context=admin.site.each_context(request),
    )
    if must and request.method == "GET":
        messages.warning(request, _("Choose a password of your own before you go on."))
    with transaction.atomic():
        response = view(request)
        if request.method == "POST" and response.status_code == 302:
            own_account.password_changed(by_request(request), session=request.session.session_key)
            messages.success(request, _("Your password was changed. Your other sessions have ended."))
    return response


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - admin_view lets members of staff in only
    return request.user
