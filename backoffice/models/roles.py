"""What holding a role asks of a person, and what the hub itself has given to the roles that it brings along."""

from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _


class RolePolicy(models.Model):
    """What a role (a group of users) asks of those who hold it. A role without a row asks for nothing."""

    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="hub_policy")
    two_factor = models.BooleanField(
        _("second factor required"),
        default=False,
        help_text=_("Whoever holds the role sets up a second factor before anything else."),
    )
    refunds_limited = models.BooleanField(
        _("refunds limited"),
        default=False,
        help_text=_("Whoever holds the role refunds alone only up to a limit; in a currency without one: nothing."),
    )

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.group)


class InstalledRole(models.Model):
    """The permissions (`app.codename`) that the hub gave to one of its roles when it last looked.

    A later version gives what is new and takes what is gone by this list, and leaves alone what a person changed.
    """

    name = models.CharField(max_length=150, primary_key=True)
    permissions = models.JSONField(default=list)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
