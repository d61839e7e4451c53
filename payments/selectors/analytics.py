"""The profiles of `/analytics`: the published five, and ours in the same shape. A row is a list; nothing adds currencies up."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from paymenthub.kernel import clock
from payments.domain.method_labels import method_label
from payments.domain.rollup import ENDED, SUCCEEDED, UNKNOWN, Answer, Facet, percentile

from . import rollup_sums, rollups
from .rollup_sums import day_of, start_of
from .rollups import Groups, Slice, Sums, major

Value = int | str | Decimal | None
Row = list[Value]
_DAY = dt.timedelta(days=1)
_TICK = dt.timedelta(microseconds=1)
_STATUS = {
    0: "Payment Created",
    1: "Payment Paid",
    2: "Payment Partially Refunded",
    3: "Payment Totally Refunded",
    20: "Payment Authorized",
    1000: "Payment Failed",
    1001: "Payment Cancelled",
    1002: "Payment Expired",
    1010: "Payment Charged Back",
}


@dataclass(frozen=True, slots=True)
class Range:
    """Payments created after `after` and before `before`: neither of the two moments belongs to it."""

    after: dt.datetime
    before: dt.datetime


def _years(read: Callable[[Slice, dt.date], Mapping[dt.date, int]]) -> Callable[[Slice, Range | None], list[Row]]:
    def rows(whose: Slice, within: Range | None) -> list[Row]:
        found = read(whose, day_of(clock.now()))
        return [[_epoch_ms(day), major(found[day], whose.currency)] for day in sorted(found)]

    return rows


this_year = _years(rollups.this_year)
last_year = _years(rollups.last_year)


def by_method(whose: Slice, within: Range | None) -> list[Row]:
    """Sum the amounts by the method's label."""
    return _amounts(whose, within, Facet.METHOD, method_label)


def by_channel(whose: Slice, within: Range | None) -> list[Row]:
    """Sum the amounts by channel."""
    return _amounts(whose, within, Facet.CHANNEL, str)


def _amounts(whose: Slice, within: Range | None, facet: Facet, label: Callable[[str], str]) -> list[Row]:
    sums: dict[str, int] = {}
    for (key, _), found in totals(whose, within)[facet].items():
        if found.paid:
            name = label(key) or UNKNOWN
            sums[name] = sums.get(name, 0) + found.paid_amount
    return [[name, major(sums[name], whose.currency)] for name in sorted(sums)]


def by_status(whose: Slice, within: Range | None) -> list[Row]:
    """Share the payments out by business state."""
    found = {int(key): sums.counted for (key, _), sums in totals(whose, within)[Facet.STATE].items()}
    total = sum(found.values())
    return [[_STATUS.get(state, f"State {state}"), _percent(found[state], total)] for state in sorted(found)]


def success_rate(whose: Slice, within: Range | None) -> list[Row]:
    """Tell by provider which share of the decided tries succeeded, and how many stand how."""
    tries: dict[str, dict[Answer, int]] = {}
    for (provider, word), sums in totals(whose, within)[Facet.ANSWER].items():
        tries.setdefault(provider, {})[Answer(word)] = sums.counted
    rows: list[Row] = []
    for provider in sorted(tries):
        counts = [tries[provider].get(word, 0) for word in Answer]
        decided = sum(tries[provider].get(word, 0) for word in (Answer.SUCCEEDED, Answer.DECLINED, Answer.FAILED))
        rows.append([provider, _percent(counts[0], decided) if decided else None, *counts])
    return rows


def decline_reasons(whose: Slice, within: Range | None) -> list[Row]:
    """Count the declined tries by reason and provider."""
    found = totals(whose, within)[Facet.DECLINE]
    return [[reason, provider, found[reason, provider].counted] for reason, provider in sorted(found)]


def time_to_final(whose: Slice, within: Range | None) -> list[Row]:
    """Tell in seconds how soon half, nine in ten and 99 in a hundred payments were decided, by how they ended."""
    times: dict[str, dict[int, int]] = {SUCCEEDED: {}, ENDED: {}}
    for (bucket, word), sums in totals(whose, within)[Facet.FINAL].items():
        times[word][int(bucket)] = sums.counted
    rows: list[Row] = []
    for word, counts in times.items():
        told = [percentile(counts, share) for share in (0.5, 0.9, 0.99)]
        rows.append([word, sum(counts.values()), *(None if at is None else round(Decimal(at), 2) for at in told)])
    return rows


def refunds_and_disputes(whose: Slice, within: Range | None) -> list[Row]:
    """Tell how much of what was taken went back, by payments and by money."""
    found = sum(totals(whose, within)[Facet.STATE].values(), Sums())
    return [
        ["refund", found.taken, found.refunds, _percent(found.refunds, found.taken),
         major(found.captured, whose.currency), major(found.refunded, whose.currency),
         _percent(found.refunded, found.captured)],
        ["dispute", found.taken, found.disputes, _percent(found.disputes, found.taken),
         major(found.captured, whose.currency), major(found.charged_back, whose.currency),
         _percent(found.charged_back, found.captured)],
    ]  # fmt: skip


def totals(whose: Slice, within: Range | None) -> dict[Facet, Groups]:
    """Add up everything, or a range: whole days from the rollups, what is left at its ends from the payments."""
    if within is None:
        return rollups.by_facet(whose, dt.date.min, dt.date.max)
    since = within.after + _TICK  # the database's clock has no finer tick
    first = day_of(since) if since == start_of(day_of(since)) else day_of(since) + _DAY
    last = day_of(within.before) - _DAY
    if first > last:
        return _live(whose, since, within.before)
    found = rollups.by_facet(whose, first, last)
    for begin, end in ((since, start_of(first)), (start_of(last + _DAY), within.before)):
        if begin < end:
            _add(found, _live(whose, begin, end))
    return found


def _live(whose: Slice, since: dt.datetime, until: dt.datetime) -> dict[Facet, Groups]:
    found: dict[Facet, Groups] = {facet: {} for facet in Facet}
    with connection.cursor() as cursor:
        cursor.execute(rollup_sums.STATEMENT, rollup_sums.parameters(list(whose.projects), [whose.mode], since, until))
        for values in cursor:
            row = dict(zip(rollup_sums.COLUMNS, values, strict=True))
            if whose.currency in ("", row["currency"]):
                sums = Sums(**{name: int(row[name]) for name in rollups.NAMES})
                _add(found, {Facet(row["facet"]): {(row["key"], row["word"]): sums}})
    return found


def _add(found: dict[Facet, Groups], more: Mapping[Facet, Groups]) -> None:
    for facet, groups in more.items():
        for key, sums in groups.items():
            found[facet][key] = found[facet].get(key, Sums()) + sums


def _percent(part: int, whole: int) -> Decimal:
    return round(Decimal(part * 100) / whole, 2) if whole else Decimal("0.00")


def _epoch_ms(day: dt.date) -> int:
    return int(start_of(day).timestamp()) * 1000
