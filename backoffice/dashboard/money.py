"""Cards about amounts and payments: the published dashboard's four, and the figures above them."""

import datetime as dt
from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from backoffice.status import look_of
from payments.domain.method_labels import method_label
from payments.domain.rollup import UNKNOWN, Answer, Facet
from payments.selectors import rollups
from payments.selectors.rollups import Sums

from .card import Chart
from .drawings import Bar, Bars, Lines, Tile, Tiles, line, ring, share_of
from .numbers import Answers, Numbers
from .period import Period
from .table import Amount, Cell, Column, Count, Day, Share, Table, Text

_MOST_BARS = 12
_MOST_DAYS = 62
"""Days that the page lists one by one; of longer periods it lists months."""


def figures(numbers: Numbers) -> Chart:
    """Tell the period in a few numbers, beside those of the comparison."""
    currency = numbers.choice.currency
    now, before = numbers.now.payments, numbers.before.payments if numbers.before else None
    rate, rate_before = _rate(numbers.now.answers()), _rate(numbers.before.answers()) if numbers.before else None

    def money(name: str) -> tuple[Cell, Cell]:
        return Amount(getattr(now, name), currency), Amount(getattr(before, name) if before else None, currency)

    rows: list[tuple[str, str, Cell, Cell]] = [
        ("taken", pgettext("money", "Taken"), *money("captured")),
        ("refunded", _("Refunded"), *money("refunded")),
        ("charged_back", _("Charged back"), *money("charged_back")),
        ("net", _("Left"), *money("net")),
        ("payments", _("Payments"), Count(now.counted), Count(before.counted if before else None)),
        ("success_rate", _("Success rate"), rate, rate_before or Share(0, 0)),
    ]
    columns = (
        Column("figure", _("Figure"), is_text=True),
        Column("value", _("Value")),
        Column("before", _("Compared with")),
    )
    table = Table(columns, [(Text(name), value, old) for _key, name, value, old in rows], currency)
    tiles = [Tile(name, value.shown(), old.shown() if before else "") for _key, name, value, old in rows]
    return Chart(table, Tiles(tiles) if now.counted or (before and before.counted) else None)


def years(numbers: Numbers) -> Chart:
    """Lay the amounts of the last 365 days over those of the year before."""
    choice = numbers.choice
    period = Period(choice.today - dt.timedelta(days=364), choice.today)
    this, last = rollups.this_year(choice.whose, choice.today), rollups.last_year(choice.whose, choice.today)
    return _by_day(period, this, last, choice.currency, names=("this_year", "last_year"))


def by_day(numbers: Numbers) -> Chart:
    """Draw the amounts of the period by day, over those of the comparison."""
    choice = numbers.choice
    period, before = choice.period, choice.before
    now = rollups.paid_by_day(choice.whose, period.first, period.last)
    then: dict[dt.date, int] | None = None
    if before:
        # The first day lies on the first day, whatever their dates are.
        old = rollups.paid_by_day(choice.whose, before.first, before.last)
        then = {}
        for mine, theirs in zip(period.days(), before.days(), strict=False):
            then[mine] = old.get(theirs, 0)
    return _by_day(period, now, then, choice.currency, names=("amount", "before"), before=before)


def _by_day(
    period: Period,
    now: Mapping[dt.date, int],
    then: Mapping[dt.date, int] | None,
    currency: str,
    *,
    names: tuple[str, str],
    before: Period | None = None,
) -> Chart:
    headings = {
        "this_year": _("This year"),
        "last_year": _("Last year"),
        "amount": _("This period"),
        "before": _("Compared with"),
    }
    days = list(period.days())
    columns = [Column("day", _("Day (UTC)")), Column(names[0], headings[names[0]])]
    if before:
        columns.append(Column("day_before", _("Day before")))
    if then is not None:
        columns.append(Column(names[1], headings[names[1]]))
    others = list(before.days()) if before else []
    rows: list[tuple[Cell, ...]] = []
    for number, day in enumerate(days):
        row: list[Cell] = [Day(day), Amount(now.get(day, 0), currency)]
        if before:
            row.append(Day(others[number] if number < len(others) else None))
        if then is not None:
            row.append(Amount(then.get(day, 0), currency))
        rows.append(tuple(row))
    table = Table(columns, rows, currency)
    months = _by_month(table, currency) if len(days) > _MOST_DAYS else None
    top = max([*now.values(), *(then or {}).values()], default=0)
    if not top:
        return Chart(table, None)
    lines = [line(headings[names[0]], "now", [now.get(day, 0) for day in days], top=top)]
    if then is not None:
        lines.insert(0, line(headings[names[1]], "before", [then.get(day, 0) for day in days], top=top))
    marks = dict.fromkeys((days[0], days[len(days) // 2], days[-1]))
    return Chart(table, Lines(lines, Amount(top, currency).shown(), [day.isoformat() for day in marks]), shown=months)


def _by_month(table: Table, currency: str) -> Table:
    """Add the days of a table up by month; days to compare with stand under the month of their own row."""
    places = [number for number, cell in enumerate(table.rows[0]) if isinstance(cell, Amount)]
    months: dict[str, list[int]] = {}
    for row in table.rows:
        sums = months.setdefault(row[0].raw()[:7], [0] * len(places))
        for at, place in enumerate(places):
            cell = row[place]
            sums[at] += cell.value or 0 if isinstance(cell, Amount) else 0
    columns = [Column("month", _("Month"), is_text=True), *(table.columns[place] for place in places)]
    rows: list[tuple[Cell, ...]] = [
        (Text(month), *(Amount(value, currency) for value in sums)) for month, sums in months.items()
    ]
    return Table(columns, rows, currency)


def by_method(numbers: Numbers) -> Chart:
    """Compare the amounts of the methods."""
    return _amounts(numbers, Facet.METHOD, "method", _("Method"), lambda key: method_label(key) or UNKNOWN)


def by_channel(numbers: Numbers) -> Chart:
    """Compare the amounts of the channels."""
    return _amounts(numbers, Facet.CHANNEL, "channel", _("Channel"), lambda key: key)


def _amounts(numbers: Numbers, facet: Facet, name: str, heading: str, label: Callable[[str], str]) -> Chart:
    currency = numbers.choice.currency
    now = {key: sums.paid_amount for key, sums in numbers.now.of(facet).items() if sums.paid}
    before = {key: sums.paid_amount for key, sums in numbers.before.of(facet).items()} if numbers.before else None
    keys = sorted(now, key=lambda key: (-now[key], key))
    columns = [Column(name, heading, is_text=True), Column("amount", _("Amount"))]
    if before is not None:
        columns.append(Column("before", _("Compared with")))
    rows: list[tuple[Cell, ...]] = []
    for key in keys:
        old = () if before is None else (Amount(before.get(key, 0), currency),)
        rows.append((Text(label(key)), Amount(now[key], currency), *old))
    table = Table(columns, rows, currency)
    top = max([*now.values(), *((before or {}).get(key, 0) for key in keys)], default=0)
    bars = [
        Bar(
            label(key),
            Amount(now[key], currency).shown(),
            share_of(now[key], top),
            None if before is None else share_of(before.get(key, 0), top),
            "" if before is None else Amount(before.get(key, 0), currency).shown(),
        )
        for key in keys[:_MOST_BARS]
    ]
    more = len(keys) - _MOST_BARS
    note = _("%(count)s more stand in the table.") % {"count": more} if more > 0 else ""
    return Chart(table, Bars(bars) if bars else None, note)


def by_status(numbers: Numbers) -> Chart:
    """Share the payments out by how they stand."""
    states = {int(key): sums.counted for key, sums in numbers.now.of(Facet.STATE).items()}
    total = sum(states.values())
    keys = sorted(states, key=lambda key: (-states[key], key))
    columns = (
        Column("status", _("Status"), is_text=True),
        Column("payments", _("Payments")),
        Column("percent", _("Share")),
    )
    rows: list[tuple[Cell, ...]] = [
        (Text(str(look_of(key).label)), Count(states[key]), Share(states[key], total)) for key in keys
    ]
    parts = [
        (str(look_of(key).label), Share(states[key], total).shown(), look_of(key).colour, states[key]) for key in keys
    ]
    return Chart(Table(columns, rows), ring(parts) if total else None)


def back(numbers: Numbers) -> Chart:
    """Tell how much went back: refunds and disputes, by payments and by money."""
    currency = numbers.choice.currency
    now, before = numbers.now.payments, numbers.before.payments if numbers.before else Sums()
    columns = (
        Column("rate", _("Rate"), is_text=True),
        Column("percent", _("Share")),
        Column("before", _("Compared with")),
        Column("payments", _("Payments")),
        Column("amount", _("Amount")),
    )
    rows: list[tuple[Cell, ...]] = [
        (Text(_("Payments refunded")), Share(now.refunds, now.taken), Share(before.refunds, before.taken),
         Count(now.refunds), Amount(now.refunded, currency)),
        (Text(_("Money refunded")), Share(now.refunded, now.captured), Share(before.refunded, before.captured),
         Count(now.refunds), Amount(now.refunded, currency)),
        (Text(_("Payments disputed")), Share(now.disputes, now.taken), Share(before.disputes, before.taken),
         Count(now.disputes), Amount(now.charged_back, currency)),
        (Text(_("Money charged back")), Share(now.charged_back, now.captured),
         Share(before.charged_back, before.captured), Count(now.disputes), Amount(now.charged_back, currency)),
    ]  # fmt: skip
    tiles = [
        Tile(row[0].shown(), row[1].shown(), row[2].shown() if numbers.before else "", tone="bad" if _high(row) else "")
        for row in rows
    ]
    return Chart(Table(columns, rows, currency), Tiles(tiles) if now.taken else None)


def _high(row: tuple[Cell, ...]) -> bool:
    """Tell whether a rate has doubled since the comparison, and is above one in a hundred."""
    share, before = row[1], row[2]
    if not isinstance(share, Share) or not isinstance(before, Share) or share.percent is None:
        return False
    return share.percent > 1 and before.percent is not None and share.percent > before.percent * 2


def _rate(answers: Mapping[str, Answers]) -> Share:
    total = sum(answers.values(), Answers())
    return Share(total.count(Answer.SUCCEEDED), total.decided)
