"""What a person chose to see: it stands in the address, so that a page can be kept and passed on."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _

from backoffice.access import visible_projects
from paymenthub.kernel import clock
from payments.models import Mode, Project
from payments.selectors import rollups
from payments.selectors.rollups import Slice

from .period import LONGEST, Against, Period, Span, compared, period_of

_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Everything that decides the numbers. `problems` says, in words, what of the address could not be used."""

    span: Span
    against: Against
    period: Period
    before: Period | None
    mode: str
    currency: str
    currencies: list[str]
    project: Project | None
    projects: list[Project]
    today: dt.date
    problems: list[str] = field(default_factory=list)

    @property
    def project_ids(self) -> list[UUID]:
        """The projects whose payments count."""
        return [self.project.id] if self.project else [project.id for project in self.projects]

    @property
    def whose(self) -> Slice:
        """Whose payments count, for the selectors."""
        return Slice(projects=self.project_ids, mode=self.mode, currency=self.currency)

    def named(self) -> dict[str, str]:
        """Write this choice as the parameters of an address."""
        named = {"period": self.span.value, "compare": self.against.value, "mode": self.mode, "currency": self.currency}
        if self.span is Span.CUSTOM:
            named |= {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        if self.project:
            named["project"] = str(self.project.id)
        return named

    def query(self, **other: str) -> str:
        """Write the address's query that stands for this choice, with what is to be another."""
        return urlencode({name: value for name, value in (self.named() | other).items() if value})


def read(given: Mapping[str, str], user: User | AnonymousUser) -> Choice:
    """Read the address. What cannot be used is told and replaced by the default; of projects only the person's own count."""
    problems: list[str] = []
    today = clock.now().date()
    span = _word(given, "period", Span, Span.MONTH, problems)
    against = _word(given, "compare", Against, Against.PREVIOUS, problems)
    period = None
    if span is Span.CUSTOM:
        period = _custom(given, today, problems)
        span = span if period else Span.MONTH
    period = period or period_of(span, today)
    projects = list(visible_projects(user))
    project = _project(given.get("project", ""), projects, problems)
    used = rollups.currencies([one.id for one in ([project] if project else projects)])
    mode = _mode(given.get("mode", ""), used, problems)
    found = used[mode]
    currency = given.get("currency", "")
    if currency and currency not in found:
        if found:
            problems.append(_("There are no payments in the currency asked for; another is shown."))
        currency = ""
    return Choice(
        span=span,
        against=against,
        period=period,
        before=compared(span, period, against),
        mode=mode,
        currency=currency or (found[0] if found else "EUR"),
        currencies=found,
        project=project,
        projects=projects,
        today=today,
        problems=problems,
    )


def _word(given: Mapping[str, str], name: str, words: type[_Word], default: _Word, problems: list[str]) -> _Word:
    value = given.get(name, "")
    try:
        return words(value) if value else default
    except ValueError:
        problems.append(_("The address names something that is not offered; the default is shown."))
        return default


def _custom(given: Mapping[str, str], today: dt.date, problems: list[str]) -> Period | None:
    try:
        period = Period(dt.date.fromisoformat(given.get("from", "")), dt.date.fromisoformat(given.get("to", "")))
    except ValueError:
        problems.append(_("A period of your own needs two days, such as 2026-01-31; the last 30 days are shown."))
        return None
    if not 1 <= period.length <= LONGEST or period.first > today or period.first.year < 2000:
        problems.append(
            _("A period of your own begins before it ends, not in the future, and has %(days)s days at most.")
            % {"days": LONGEST}
        )
        return None
    return period


def _project(value: str, projects: list[Project], problems: list[str]) -> Project | None:
    if not value:
        return None
    found = next((project for project in projects if str(project.id) == value), None)
    if found is None:
        problems.append(_("There is no such project among yours; all of yours are shown."))
    return found


def _mode(value: str, used: Mapping[str, list[str]], problems: list[str]) -> str:
    """Live money where there is any, unless the address says otherwise."""
    if value in Mode.values:
        return value
    if value:
        problems.append(_("The mode is test or live."))
    return Mode.LIVE if used[Mode.LIVE] else Mode.TEST
