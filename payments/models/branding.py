"""How a project looks to its customers."""

from django.db import models

from ._base import Row
from .merchant import Project


class ProjectBranding(Row):
    """A project's look on the customer's pages; what is empty is the hub's own.

    Images are PNGs that the hub has written itself. `texts` holds `{language: {key: text}}`; `version` counts the changes,
    so that browsers may keep images and colours.
    """

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="branding")
    display_name = models.CharField(max_length=64, blank=True)
    host = models.CharField(max_length=253, null=True, blank=True, unique=True, help_text="Host name of its checkout.")
    accent = models.CharField(max_length=7, blank=True)
    on_accent = models.CharField(max_length=7, blank=True)
    background = models.CharField(max_length=7, blank=True)
    text = models.CharField(max_length=7, blank=True)
    logo = models.BinaryField(default=b"", blank=True)
    logo_width = models.PositiveIntegerField(default=0, help_text="In pixels; 0: no logo.")
    logo_height = models.PositiveIntegerField(default=0)
    favicon = models.BinaryField(default=b"", blank=True)
    has_favicon = models.BooleanField(default=False)
    terms_url = models.URLField(max_length=2000, blank=True)
    support = models.CharField(
        max_length=254, blank=True, help_text="A mail address, a telephone number or an address."
    )
    texts = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        permissions = [("edit_projectbranding", "Can change how a project looks to its customers")]

    def __str__(self) -> str:
        return f"Look of {self.project}"
