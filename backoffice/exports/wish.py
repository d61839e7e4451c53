"""What a person wants exported, checked: the same for what is sent at once and for what a worker makes."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils.translation import gettext as _

from backoffice.access import projects_of
from backoffice.models import ExportJob
from paymenthub.kernel.errors import InvalidField

from .columns import Column
from .formats import Format, Look
from .lists import LISTS, ExportList

MOST_QUERY = 8_000
"""Characters of a query string that is kept."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A list under a query string, in these columns, in this look."""

    list: ExportList
    query: str
    columns: tuple[Column, ...]
    look: Look

    @property
    def filters(self) -> QueryDict:
        """The query string, read."""
        return QueryDict(self.query)

    def shown_name(self, at: dt.datetime) -> str:
        """Name the file; its times, and the one in its name, are UTC."""
        return f"{self.list.name}-{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}-utc.{self.look.extension}"


def read_wish(list_name: str, query: str, columns: list[str], format: str, *, bom: bool, decimal_comma: bool) -> Wish:
    """Read one. Columns come in the list's order, whatever theirs is. Raises InvalidField."""
    found = LISTS.get(list_name)
    if found is None:
        raise InvalidField(_("There is no such list."), param="list")
    if len(query) > MOST_QUERY:
        raise InvalidField(_("The filter is too long."), param="query")
    if format not in Format.values:
        raise InvalidField(_("There is no such format."), param="format")
    chosen = tuple(column for column in found.columns if column.key in columns)
    if not chosen or len(chosen) != len(set(columns)):
        raise InvalidField(_("Choose at least one of the list's columns."), param="columns")
    return Wish(found, query, chosen, Look(Format(format), bom=bom, decimal_comma=decimal_comma))


def wish_of(job: ExportJob) -> Wish:
    """Read what a job is to make. Raises InvalidField where a release has left the list or a column out."""
    return read_wish(job.list, job.query, job.columns, job.format, bom=job.bom, decimal_comma=job.decimal_comma)


def covers(user: User, job: ExportJob) -> bool:
    """Tell whether a person may still see all projects that a job's file was made from."""
    mine = projects_of(user)
    return mine is None or (job.projects is not None and mine.issuperset(job.projects))
