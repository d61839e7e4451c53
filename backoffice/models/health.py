"""Whom the page of the system's health is for."""

from django.db import models


class SystemHealth(models.Model):
    """Carries the permission of a page that shows no rows; there is no table."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [("view_health", "Can see how the system is")]

    def __str__(self) -> str:
        return "system health"
