"""The forms of provider accounts: the fields that the driver declares. A credential can be written, never read."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from backoffice.access import visible_projects
from backoffice.display import label
from payments.models import AccountStanding, Mode, Project, ProviderAccount
from payments.selectors.known_providers import KnownProvider, enabled_providers
from payments.services.provider_accounts import AccountGiven
from providers.types import ConfigField

from .parts import ChangeForm, check_live, live_field, overlap_field

PREFIX = "config_"
_LONGEST = 4096


class ChooseForm(forms.Form):
    """For whom, where and in which mode an account is to be made: what its form asks for depends on it."""

    project = forms.ModelChoiceField(
        Project.objects.none(), label=gettext_lazy("Project"), widget=UnfoldAdminSelectWidget
    )
    provider = forms.ChoiceField(label=gettext_lazy("Provider"), choices=[], widget=UnfoldAdminSelectWidget)
    mode = forms.ChoiceField(label=gettext_lazy("Mode"), choices=Mode.choices, widget=UnfoldAdminRadioSelectWidget)

    def __init__(self, user: User | AnonymousUser, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = visible_projects(user)  # type: ignore[attr-defined]
        self.fields["provider"].choices = [(each.code, each.name) for each in enabled_providers()]  # type: ignore[attr-defined]


class AccountForm(ChangeForm):
    """An account. Of one that is there, what is left empty of its credentials stays as it is."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=64,
        initial="main",
        help_text=gettext_lazy("Unique for project, mode and provider; calls may name it in X-Provider-Account."),
        widget=UnfoldAdminTextInputWidget,
    )
    methods = forms.MultipleChoiceField(
        label=gettext_lazy("Methods"), choices=[], widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    external_id = forms.CharField(
        label=gettext_lazy("Its own id at the provider"),
        required=False,
        max_length=128,
        help_text=gettext_lazy("Where notifications name one, it must be this."),
        widget=UnfoldAdminTextInputWidget,
    )
    is_default = forms.BooleanField(
        label=gettext_lazy("Default account"),
        required=False,
        initial=True,
        help_text=gettext_lazy("New payments use it where a call names none. It takes the place of the present one."),
        widget=UnfoldBooleanWidget,
    )
    standing = forms.ChoiceField(
        label=gettext_lazy("Standing"),
        initial=AccountStanding.ACTIVE,
        choices=[
            (AccountStanding.ACTIVE, gettext_lazy("Active: takes new payments")),
            (
                AccountStanding.INACTIVE,
                gettext_lazy("Inactive: nothing new; what runs goes on: captures, refunds, renewals, notifications"),
            ),
            (
                AccountStanding.DISABLED,
                gettext_lazy("Disabled: nothing new, as inactive, and marked as closed; status and refunds go on"),
            ),
        ],
        widget=UnfoldAdminRadioSelectWidget,
    )
    live_sure = live_field()

    def __init__(
        self,
        *args: Any,
        provider: KnownProvider,
        mode: str,
        row: ProviderAccount | None = None,
        config: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, row=row, **kwargs)
        self._provider, self._mode, config = provider, mode, config or {}
        known = dict.fromkeys([*provider.methods, *(row.methods if row else ())])
        self.fields["methods"].choices = [(each, label(each)) for each in known]  # type: ignore[attr-defined]
        self.initial = self._initial(row) or {"methods": list(provider.methods)}
        for each in provider.config_fields:
            self.fields[PREFIX + each.name] = _setting(each, config, is_new=row is None)
        clearable = [e for e in provider.config_fields if e.secret and not e.required and config.get(e.name)]
        if clearable:
            self.fields["cleared"] = forms.MultipleChoiceField(
                label=_("Take away"),
                required=False,
                choices=[(each.name, each.name) for each in clearable],
                widget=UnfoldAdminCheckboxSelectMultipleWidget,
            )
        if row is not None:
            self.fields["overlap"] = overlap_field(
                _("Notifications under the settings before are taken for"),
                _("Matters only where a setting changes: so long the provider may go on signing with the old secret."),
            )
        if mode != Mode.LIVE:
            del self.fields["live_sure"]
        named = [PREFIX + each.name for each in provider.config_fields]
        after = ("cleared", "overlap", "external_id", "methods", "is_default", "standing", "live_sure", "reason")
        self.order_fields(["name", *named, *after])

    def clean(self) -> dict[str, Any]:
        """Ask for the box of real money, and refuse a secret that is given and taken away."""
        data: dict[str, Any] = super().clean() or {}
        check_live(self, self._mode)
        for name in data.get("cleared", []):
            if data.get(PREFIX + name):
                self.add_error(PREFIX + name, _("Give a new one, or take it away: not both."))
        return data

    def given(self) -> AccountGiven:
        """Return what was typed in."""
        data = self.cleaned_data
        secret = {each.name for each in self._provider.config_fields if each.secret}
        typed = {name.removeprefix(PREFIX): data[name].strip() for name in data if name.startswith(PREFIX)}
        return AccountGiven(
            name=data["name"].strip(),
            methods=data["methods"],
            standing=data["standing"],
            is_default=data["is_default"],
            external_id=data["external_id"].strip(),
            config={name: value for name, value in typed.items() if value or name not in secret},
            cleared=data.get("cleared", []),
            **({"overlap": data["overlap"]} if "overlap" in data else {}),
        )

    @staticmethod
    def _initial(row: ProviderAccount | None) -> dict[str, Any]:
        if row is None:
            return {}
        names = ("name", "methods", "external_id", "is_default", "standing")
        return {name: getattr(row, name) for name in names}


def _setting(each: ConfigField, config: Mapping[str, str], *, is_new: bool) -> forms.CharField:
    is_set = bool(config.get(each.name))
    told = each.help
    if each.secret:
        told += " " + (_("It is set; empty: it stays.") if is_set else "" if is_new else _("It is not set."))
    return forms.CharField(
        label=each.name,
        required=each.required and not is_set and not each.default,
        max_length=_LONGEST,
        help_text=told,
        initial="" if each.secret else config.get(each.name) or each.default,
        validators=[_printable],
        widget=(
            UnfoldAdminPasswordWidget({"autocomplete": "new-password", "spellcheck": "false"})
            if each.secret
            else UnfoldAdminTextInputWidget({"spellcheck": "false"})
        ),
    )


def _printable(text: str) -> None:
    if not text.isprintable():
        raise ValidationError(_("This holds characters that cannot be printed."))
