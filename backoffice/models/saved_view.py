"""How people like their lists: views that were saved under a name, and the columns each has chosen."""

from django.conf import settings
from django.db import models

from paymenthub.kernel import clock, ids


class SavedView(models.Model):
    """One list's filter under a name. A shared one is seen by everybody who may open the list; its rows never are:

    each person finds the rows of their own projects.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_uuid, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    listing = models.CharField(max_length=32, help_text="Which list it is of, such as `payments`.")
    name = models.CharField(max_length=60)
    query = models.TextField(max_length=4000, blank=True, help_text="The list's URL behind the question mark.")
    columns = models.JSONField(default=list, blank=True, help_text="Empty: those that the person has chosen.")
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["owner", "listing", "name"], name="saved_view_name_once")]
        indexes = [models.Index(fields=["listing"], condition=models.Q(shared=True), name="saved_view_shared")]

    def __str__(self) -> str:
        return self.name


class ListColumns(models.Model):
    """The columns that a person has chosen for a list, in their order."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    listing = models.CharField(max_length=32)
    columns = models.JSONField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "listing"], name="list_columns_once")]

    def __str__(self) -> str:
        return self.listing
