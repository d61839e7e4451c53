"""The forms of members of staff and of roles."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import Group, Permission, User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from backoffice.access import sees_all, visible_projects
from backoffice.rights import may_give_role
from backoffice.roles import ROLES
from backoffice.services.change_role import RoleGiven, state_of_role
from backoffice.services.staff import Given, seen, state_of
from paymenthub.kernel.cards import contains_card_number
from paymenthub.kernel.money import Money, MoneyError
from payments.models import Project

_LINE = re.compile(r"([A-Za-z]{3})\s+(\S+)")
_MOST_LIMITS = 50


class NoteForm(forms.Form):
    """Why something is done."""

    note = forms.CharField(
        label=gettext_lazy("Reason"), min_length=3, max_length=500, widget=UnfoldAdminTextInputWidget
    )

    def clean_note(self) -> str:
        """Refuse what looks like a card number: it must not be kept."""
        note = str(self.cleaned_data["note"]).strip()
        if contains_card_number(note):
            raise ValidationError(_("This holds a card number. Card data is not kept here; leave it out."))
        return note


class LimitsField(forms.CharField):
    """Refund limits, one a line, in major units: `EUR 100.00`; read as minor units by currency."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            required=False,
            max_length=2_000,
            widget=UnfoldAdminTextareaWidget({"rows": 3, "spellcheck": "false"}),
            **more,
        )

    def clean(self, value: Any) -> Any:
        """Read the lines."""
        found: dict[str, int] = {}
        for line in filter(None, map(str.strip, str(super().clean(value)).splitlines())):
            match = _LINE.fullmatch(line)
            if match is None:
                raise ValidationError(_("Write a currency and an amount on each line, such as EUR 100.00."))
            code = match[1].upper()
            if code in found:
                raise ValidationError(_("%(code)s stands there twice.") % {"code": code})
            try:
                found[code] = Money.from_decimal(match[2], code).amount
            except MoneyError as error:
                raise ValidationError(f"{code}: {error}") from None
        if len(found) > _MOST_LIMITS:
            raise ValidationError(_("At most %(most)s currencies.") % {"most": _MOST_LIMITS})
        return found


def write_limits(limits: Mapping[str, int]) -> str:
    """Write limits for the field."""
    return "\n".join(f"{code} {Money(amount, code).to_decimal():f}" for code, amount in limits.items())


class StaffForm(NoteForm):
    """A member of staff, as far as the giver's own rights go."""

    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "spellcheck": "false"}),
    )
    first_name = forms.CharField(
        label=gettext_lazy("First name"), max_length=150, required=False, widget=UnfoldAdminTextInputWidget
    )
    last_name = forms.CharField(
        label=gettext_lazy("Last name"), max_length=150, required=False, widget=UnfoldAdminTextInputWidget
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, required=False, widget=UnfoldAdminEmailInputWidget
    )
    active = forms.BooleanField(
        label=gettext_lazy("May sign in"), required=False, initial=True, widget=UnfoldBooleanWidget
    )
    superuser = forms.BooleanField(
        label=gettext_lazy("Superuser: may do everything, in every project"), required=False, widget=UnfoldBooleanWidget
    )
    roles = forms.ModelMultipleChoiceField(
        Group.objects.none(),
        label=gettext_lazy("Roles"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    permissions = forms.ModelMultipleChoiceField(
        Permission.objects.none(),
        label=gettext_lazy("Permissions beside the roles"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("They can be taken away here; new ones are given by roles."),
    )
    all_projects = forms.BooleanField(
        label=gettext_lazy("All projects, also later ones"), required=False, widget=UnfoldBooleanWidget
    )
    projects = forms.ModelMultipleChoiceField(
        Project.objects.none(),
        label=gettext_lazy("Projects"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    limits = LimitsField(
        label=gettext_lazy("Refunds alone up to"),
        help_text=gettext_lazy(
            "One a line: EUR 100.00. Empty: the limits of the roles. Above it a second person has to approve; "
            "with any limit, other currencies need that always."
        ),
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    field_order = [
        "username",
        "first_name",
        "last_name",
        "email",
        "active",
        "superuser",
        "roles",
        "permissions",
        "all_projects",
        "projects",
        "limits",
        "note",
    ]

    def __init__(self, giver: User, person: User | None, data: Any = None) -> None:
        super().__init__(data, initial=_initial(person) if person is not None else None)
        self._person = person
        roles = [role.pk for role in Group.objects.prefetch_related("permissions") if may_give_role(giver, role)]
        self._choose("roles", Group.objects.filter(pk__in=roles).order_by("name"))
        self._choose("projects", visible_projects(giver))
        if person is not None:
            del self.fields["username"]
            self._choose("permissions", person.user_permissions.select_related("content_type"))
        if person is None or not person.user_permissions.exists():
            del self.fields["permissions"]
        if not giver.is_superuser:
            del self.fields["superuser"]
        if not sees_all(giver):
            del self.fields["all_projects"]

    def given(self) -> Given:
        """Return what was filled in."""
        data = self.cleaned_data
        return Given(
            first_name=data["first_name"],
            last_name=data["last_name"],
            email=data["email"],
            active=data["active"],
            roles=data["roles"],
            all_projects=data.get("all_projects", False),
            projects=data["projects"],
            limits=data["limits"],
            permissions=data.get("permissions"),
            superuser=data.get("superuser"),
        )

    def _choose(self, name: str, rows: Any) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]


class RoleForm(NoteForm):
    """A role. Its permissions are those of the hub's pages and actions."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=150, widget=UnfoldAdminTextInputWidget)
    two_factor = forms.BooleanField(
        label=gettext_lazy("A second factor is required"), required=False, widget=UnfoldBooleanWidget
    )
    refunds_limited = forms.BooleanField(
        label=gettext_lazy("Refunds are limited"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=gettext_lazy("In a currency without a limit, nothing is refunded alone."),
    )
    limits = LimitsField(label=gettext_lazy("Refunds alone up to"), help_text=gettext_lazy("One a line: EUR 100.00."))
    permissions = forms.ModelMultipleChoiceField(
        Permission.objects.none(),
        label=gettext_lazy("Permissions"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    field_order = ["name", "two_factor", "refunds_limited", "limits", "note", "permissions"]

    def __init__(self, role: Group | None, data: Any = None) -> None:
        super().__init__(data, initial=_initial_role(role) if role is not None else None)
        named = {name for one in ROLES for name in one.permissions}
        offered = Q(pk__in=role.permissions.values("pk")) if role is not None else Q(pk=None)
        for app in {name.partition(".")[0] for name in named}:
            names = [name.partition(".")[2] for name in named if name.startswith(f"{app}.")]
            offered |= Q(content_type__app_label=app, codename__in=names)
            offered |= Q(content_type__app_label=app, codename__startswith="view_") & ~Q(content_type__app_label="auth")
        self.fields["permissions"].queryset = (  # type: ignore[attr-defined]
            Permission.objects.filter(offered).select_related("content_type").order_by("codename")
        )

    def given(self) -> RoleGiven:
        """Return what was filled in."""
        data = self.cleaned_data
        return RoleGiven(
            name=data["name"].strip(),
            permissions=data["permissions"],
            two_factor=data["two_factor"],
            refunds_limited=data["refunds_limited"],
            limits=data["limits"],
        )


def _initial(person: User) -> dict[str, Any]:
    stands = state_of(person)
    profile = getattr(person, "staff_profile", None)
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "active": person.is_active,
        "superuser": person.is_superuser,
        "roles": list(person.groups.values_list("pk", flat=True)),
        "permissions": list(person.user_permissions.values_list("pk", flat=True)),
        "all_projects": stands["allProjects"],
        "projects": list(profile.projects.values_list("pk", flat=True)) if profile else [],
        "limits": write_limits(stands["limits"]),
        "seen": seen(person),
    }


def _initial_role(role: Group) -> dict[str, Any]:
    stands = state_of_role(role)
    return {
        "name": role.name,
        "permissions": list(role.permissions.values_list("pk", flat=True)),
        "two_factor": stands["twoFactor"],
        "refunds_limited": stands["refundsLimited"],
        "limits": write_limits(stands["limits"]),
    }
