"""How a member of staff has arranged the first page."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class DashboardLayout(models.Model):
    """The order of a person's cards, and those that are hidden; a card that is in neither list stands at its usual place."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    order = ArrayField(models.CharField(max_length=32), default=list)
    hidden = ArrayField(models.CharField(max_length=32), default=list)

    class Meta:
        default_permissions = ()
        permissions = [("view_dashboard", "Can see the dashboard")]

    def __str__(self) -> str:
        return str(self.user)
