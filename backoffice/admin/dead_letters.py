"""Dead letters: messages of the bus that nobody could take, with the reason. Their bodies stay sealed."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.display import block, code, pretty, when
from payments.models import BusDeadLetter

from ._read_only import ReadOnlyAdmin


@admin.register(BusDeadLetter)
class BusDeadLetterAdmin(ReadOnlyAdmin):
    """Dead letters."""

    project_path = None
    list_display = ("created", "kind", "reason", "queue", "size", "replayed")
    list_filter = (("replayed_at", admin.EmptyFieldListFilter), ("created_at", admin.DateFieldListFilter))
    fields = ("kind", "reason", "queue", "size", "created", "replayed", "again", "headers_view")

    def title_of(self, row: BusDeadLetter) -> str:
        """Name it by its type: the reason is its sender's text in part."""
        return _("Dead letter: %(type)s") % {"type": row.type or _("no type")}

    @admin.display(description=gettext_lazy("Type"), ordering="type")
    def kind(self, letter: BusDeadLetter) -> str:
        """Write the message's type."""
        return letter.type or "—"

    @admin.display(description=gettext_lazy("Taken again (UTC)"), ordering="replayed_at")
    def replayed(self, letter: BusDeadLetter) -> SafeString | str:
        """Write when it was taken after all."""
        return when(letter.replayed_at)

    @admin.display(description=gettext_lazy("To take it again"))
    def again(self, letter: BusDeadLetter) -> SafeString | str:
        """Write the command."""
        if letter.replayed_at is not None:
            return "—"
        if not letter.body_sealed:
            return _("Its body was not kept; have it sent again.")
        return code(f"manage.py bus_dead_letters replay {letter.pk}")

    @admin.display(description=gettext_lazy("Headers"))
    def headers_view(self, letter: BusDeadLetter) -> SafeString | str:
        """Show the headers."""
        return block(pretty(letter.headers))
