"""What the hub knows of a member of staff beside Django's user."""

from django.conf import settings
from django.db import models

from payments.models import Project


class StaffProfile(models.Model):
    """Which projects a person may see, and the language of their pages.

    A user without a profile sees no project's data; a superuser sees all, with or without one.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_profile")
    all_projects = models.BooleanField(default=False, help_text="Every project, also those that are made later.")
    projects = models.ManyToManyField(Project, blank=True, related_name="+")
    language = models.CharField(max_length=8, blank=True, help_text="Empty: as the browser asks.")
    must_change_password = models.BooleanField(default=False, help_text="After a one-time password.")

    class Meta:
        permissions = [("manage_staff", "Can make and change members of staff within one's own rights")]

    def __str__(self) -> str:
        return str(self.user)
