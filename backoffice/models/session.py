"""Who is signed in: one row for each browser session, so that a person sees theirs and may end it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.requests import browser_words
from paymenthub.kernel import clock


class StaffSession(models.Model):
    """A session of the backoffice. It lives as long as Django's own session of the same key."""

    key = models.CharField(max_length=40, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    address = models.GenericIPAddressField(null=True, blank=True)
    browser = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        default_permissions = ()
        permissions = [("view_session", "Can see and end everybody's sessions")]

    def __str__(self) -> str:
        return f"{self.user} ({self.address})"

    @property
    def browser_shown(self) -> str:
        """The browser in few words."""
        return browser_words(self.browser)
