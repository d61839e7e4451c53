"""Keep, change and delete the views that people save, and the columns they choose."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.models import ListColumns, SavedView

MOST_VIEWS = 50
LONGEST_NAME = 60
LONGEST_QUERY = 4000


class ViewRefused(ValueError):
    """Say in words for people why a view cannot be kept so."""


def save_view(
    *, owner: User, listing: str, name: str, query: str, columns: Sequence[str] = (), shared: bool = False
) -> SavedView:
    """Keep a view under a name; under one of the person's own names it is kept anew. Raises ViewRefused."""
    name = _name(name)
    if len(query) > LONGEST_QUERY:
        raise ViewRefused(_("The filter is too long to be saved."))
    mine = SavedView.objects.filter(owner=owner, listing=listing)
    if mine.exclude(name=name).count() >= MOST_VIEWS:
        raise ViewRefused(_("There are %(most)s views already; delete one first.") % {"most": MOST_VIEWS})
    fields = {"query": query, "columns": list(columns), "shared": shared}
    view, _made = SavedView.objects.update_or_create(owner=owner, listing=listing, name=name, defaults=fields)
    return view


def change_view(*, owner: User, pk: UUID, name: str, shared: bool) -> SavedView:
    """Rename a view of the person's own, share it or take it back. Raises ViewRefused, SavedView.DoesNotExist."""
    view = SavedView.objects.get(owner=owner, pk=pk)
    view.name, view.shared = _name(name), shared
    try:
        with transaction.atomic():
            view.save(update_fields=["name", "shared"])
    except IntegrityError:
        raise ViewRefused(_("There is a view of that name already.")) from None
    return view


def delete_view(*, owner: User, pk: UUID) -> None:
    """Delete a view of the person's own; nothing where there is none."""
    SavedView.objects.filter(owner=owner, pk=pk).delete()


def choose_columns(*, user: User, listing: str, columns: Sequence[str]) -> None:
    """Keep the columns of a list for a person; none: the usual ones again."""
    mine = ListColumns.objects.filter(user=user, listing=listing)
    if not columns:
        mine.delete()
    else:
        ListColumns.objects.update_or_create(user=user, listing=listing, defaults={"columns": list(columns)})


def _name(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise ViewRefused(_("A view needs a name."))
    if len(name) > LONGEST_NAME:
        raise ViewRefused(_("A name has %(most)s characters at most.") % {"most": LONGEST_NAME})
    return name
