"""The kinds of filters of a list. A filter owns names of the query string; a value that it cannot use is a BadValue."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from paymenthub.kernel.money import currencies

from .values import BadValue, amount_between, midnight, period, read_amount, read_currency, read_date

Text = str | Promise
Options = Callable[[User | AnonymousUser], list[tuple[str, Text]]]
_MOST_VALUES, _LONGEST = 50, 255
PERIODS: list[tuple[str, Text]] = [
    ("today", gettext_lazy("Today")),
    ("yesterday", gettext_lazy("Yesterday")),
    ("7d", gettext_lazy("Last 7 days")),
    ("30d", gettext_lazy("Last 30 days")),
    ("mtd", gettext_lazy("This month")),
    ("last_month", gettext_lazy("Last month")),
    ("ytd", gettext_lazy("This year")),
]


@dataclass(frozen=True, slots=True)
class Active:
    """One thing that a list is filtered by: words for a chip, and what of the query string goes when it is removed."""

    label: Text
    value: Text
    names: tuple[str, ...]
    only: str = ""
    """Of a name that is there several times: the value that goes."""


class Filter(ABC):
    """One filter. `kind` names how the form shows it."""

    kind: str
    label: Text
    names: tuple[str, ...]

    @abstractmethod
    def read(self, query: QueryDict, user: User | AnonymousUser) -> Q | None:
        """Make the condition; None where nothing is asked. Raises BadValue."""

    @abstractmethod
    def active(self, query: QueryDict, user: User | AnonymousUser) -> Iterable[Active]:
        """Say what is asked."""

    @abstractmethod
    def shown(self, query: QueryDict, user: User | AnonymousUser) -> dict[str, Any]:
        """Give the form what it needs."""


@dataclass(frozen=True)
class Choice(Filter):
    """Any of several values. `condition` makes one value's; BadValue or ValueError for one that is none.

    `strict`: only what is offered may be asked; else a value that is not offered any more finds what still has it.
    """

    name: str
    label: Text
    options: Options
    condition: Callable[[list[str]], Q]
    strict: bool = True
    kind: str = field(default="choice", init=False)

    @property
    def names(self) -> tuple[str, ...]:  # type: ignore[override]
        """The name in the query string."""
        return (self.name,)

    def read(self, query: QueryDict, user: User | AnonymousUser) -> Q | None:
        """Match any of the values."""
        values = _values(query, self.name)
        if not values:
            return None
        if len(values) > _MOST_VALUES or any(len(value) > _LONGEST or "\x00" in value for value in values):
            raise BadValue(_("%(filter)s: too many or too long values.") % {"filter": self.label})
        offered = dict(self.options(user)) if self.strict else None
        for value in values:
            if offered is not None and value not in offered:
                raise BadValue(_("%(filter)s: there is no «%(value)s».") % {"filter": self.label, "value": value[:40]})
        return self.condition(values)

    def active(self, query: QueryDict, user: User | AnonymousUser) -> Iterable[Active]:
        """Say each value."""
        values = _values(query, self.name)
        words = dict(self.options(user)) if values else {}
        return [Active(self.label, words.get(value, value[:40]), (self.name,), value) for value in values]

    def shown(self, query: QueryDict, user: User | AnonymousUser) -> dict[str, Any]:
        """List the options, and what is asked beside them."""
        chosen = _values(query, self.name)[:_MOST_VALUES]
        options = list(self.options(user))
        known = {value for value, _words in options}
        options += [(value, value[:40]) for value in chosen if value not in known]
        return {
            "options": [
                {"value": value, "words": words, "chosen": value in chosen, "id": f"f-{self.name}-{number}"}
                for number, (value, words) in enumerate(options)
            ]
        }


@dataclass(frozen=True)
class Days(Filter):
    """By the day a row was made on, in UTC: `from` and `to`, both inclusive, or a period that moves with today."""

    label: Text
    kind: str = field(default="days", init=False)
    names: tuple[str, ...] = field(default=("from", "to", "period"), init=False)

    def read(self, query: QueryDict, user: User | AnonymousUser) -> Q | None:
        """Match the days."""
        first, last, name = (_one(query, part) for part in self.names)
        if name and (first or last):
            raise BadValue(_("Choose a period or two dates, not both."))
        if name:
            days = period(name)
            if days is None:
                raise BadValue(_("There is no period «%(value)s».") % {"value": name[:40]})
            return _between(*days)
        if not first and not last:
            return None
        begin, end = (read_date(first) if first else None), (read_date(last) if last else None)
        if begin and end and begin > end:
            raise BadValue(_("The first day is after the last day."))
        return _between(begin, end)

    def active(self, query: QueryDict, user: User | AnonymousUser) -> Iterable[Active]:
        """Say the days."""
        first, last, name = (_one(query, part)[:40] for part in self.names)
        if name:
            return [Active(self.label, dict(PERIODS).get(name, name), ("period",))]
        if first and last:
            return [Active(self.label, f"{first} – {last}", ("from", "to"))]
        if first:
            return [Active(self.label, _("from %(day)s") % {"day": first}, ("from",))]
        return [Active(self.label, _("until %(day)s") % {"day": last}, ("to",))] if last else []

    def shown(self, query: QueryDict, user: User | AnonymousUser) -> dict[str, Any]:
        """Give both days and the periods."""
        first, last, name = (_one(query, part) for part in self.names)
        periods = [{"value": value, "words": words, "chosen": value == name} for value, words in PERIODS]
        return {"first": first, "last": last, "periods": periods}


@dataclass(frozen=True)
class Amounts(Filter):
    """By amount in major units, both bounds inclusive, and by currency."""

    label: Text
    kind: str = field(default="amounts", init=False)
    names: tuple[str, ...] = field(default=("amount_from", "amount_to", "currency"), init=False)

    def read(self, query: QueryDict, user: User | AnonymousUser) -> Q | None:
        """Match the amounts."""
        low, high, code = (_one(query, part) for part in self.names)
        currency = read_currency(code) if code else ""
        if not low and not high:
            return Q(currency=currency) if currency else None
        least, most = (read_amount(low) if low else None), (read_amount(high) if high else None)
        if least is not None and most is not None and least > most:
            raise BadValue(_("The lowest amount is above the highest."))
        return amount_between(least, most, currency)

    def active(self, query: QueryDict, user: User | AnonymousUser) -> Iterable[Active]:
        """Say the bounds and the currency."""
        low, high, code = (_one(query, part)[:40] for part in self.names)
        found = []
        if low and high:
            found.append(Active(self.label, low if low == high else f"{low} – {high}", ("amount_from", "amount_to")))
        elif low:
            found.append(Active(self.label, _("%(amount)s or more") % {"amount": low}, ("amount_from",)))
        elif high:
            found.append(Active(self.label, _("%(amount)s or less") % {"amount": high}, ("amount_to",)))
        if code:
            found.append(Active(_("Currency"), code.upper(), ("currency",)))
        return found

    def shown(self, query: QueryDict, user: User | AnonymousUser) -> dict[str, Any]:
        """Give both bounds and the currency."""
        low, high, code = (_one(query, part) for part in self.names)
        return {"low": low, "high": high, "currency": code.upper(), "currencies": currencies()}


@dataclass(frozen=True)
class Word(Filter):
    """By one text, whole."""

    name: str
    label: Text
    condition: Callable[[str], Q]
    kind: str = field(default="word", init=False)

    @property
    def names(self) -> tuple[str, ...]:  # type: ignore[override]
        """The name in the query string."""
        return (self.name,)

    def read(self, query: QueryDict, user: User | AnonymousUser) -> Q | None:
        """Match the text."""
        value = _one(query, self.name)
        if len(value) > _LONGEST or "\x00" in value:
            raise BadValue(_("%(filter)s: too many or too long values.") % {"filter": self.label})
        return self.condition(value) if value else None

    def active(self, query: QueryDict, user: User | AnonymousUser) -> Iterable[Active]:
        """Say the text."""
        value = _one(query, self.name)
        return [Active(self.label, value[:40], (self.name,))] if value else []

    def shown(self, query: QueryDict, user: User | AnonymousUser) -> dict[str, Any]:
        """Give the text."""
        return {"value": _one(query, self.name)}


def _one(query: QueryDict, name: str) -> str:
    return (query.get(name) or "").strip()


def _values(query: QueryDict, name: str) -> list[str]:
    return list(dict.fromkeys(value for value in query.getlist(name) if value))


def _between(first: dt.date | None, last: dt.date | None) -> Q:
    found = Q()
    if first is not None:
        found &= Q(created_at__gte=midnight(first))
    if last is not None:
        found &= Q(created_at__lt=midnight(last + dt.timedelta(days=1)))
    return found
