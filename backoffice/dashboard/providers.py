"""Cards about the providers' answers: success, declines, and how long until the end is known."""

from django.utils.translation import gettext as _

from backoffice.display import label
from payments.domain.rollup import ENDED, SUCCEEDED, Answer, percentile

from .card import Chart
from .drawings import Bar, Bars, Tile, Tiles, share_of
from .numbers import Answers, Numbers
from .table import Cell, Column, Count, Share, Table, Text, Time

_MOST_BARS = 12
_SHARES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))


def success(numbers: Numbers) -> Chart:
    """Compare the providers by how many of their tries succeed."""
    now, before = numbers.now.answers(), numbers.before.answers() if numbers.before else {}
    columns = (
        Column("provider", _("Provider"), is_text=True),
        Column("percent", _("Success rate")),
        Column("before", _("Compared with")),
        Column("succeeded", _("Succeeded")),
        Column("declined", _("Declined")),
        Column("failed", _("Failed")),
        Column("given_up", _("Given up")),
        Column("open", _("Open")),
    )
    rows: list[tuple[Cell, ...]] = []
    bars = []
    for provider in sorted(now, key=lambda name: (-now[name].decided, name)):
        rate, old = _rate(now[provider]), _rate(before.get(provider, Answers()))
        rows.append((Text(label(provider)), rate, old, *(Count(now[provider].count(word)) for word in Answer)))
        then = None if not numbers.before or old.percent is None else float(old.percent)
        bars.append(Bar(label(provider), rate.shown(), float(rate.percent or 0), then, old.shown()))
    return Chart(Table(columns, rows), Bars(bars[:_MOST_BARS]) if bars else None, _note(len(bars)))


def declines(numbers: Numbers) -> Chart:
    """Compare the reasons of declined tries."""
    now, before = numbers.now.declines(), numbers.before.declines() if numbers.before else {}
    total = sum(now.values())
    columns = (
        Column("reason", _("Reason"), is_text=True),
        Column("declined", _("Declined")),
        Column("percent", _("Share")),
        Column("before", _("Compared with")),
    )
    reasons = sorted(now, key=lambda name: (-now[name], name))
    rows: list[tuple[Cell, ...]] = [
        (Text(label(name)), Count(now[name]), Share(now[name], total),
         Count(before.get(name, 0) if numbers.before else None))
        for name in reasons
    ]  # fmt: skip
    top = max([*now.values(), *(before.get(name, 0) for name in reasons)], default=0)
    bars = [
        Bar(
            label(name),
            Count(now[name]).shown(),
            share_of(now[name], top),
            share_of(before.get(name, 0), top) if numbers.before else None,
            Count(before.get(name, 0)).shown(),
        )
        for name in reasons
    ]
    return Chart(Table(columns, rows), Bars(bars[:_MOST_BARS]) if bars else None, _note(len(bars)))


def times(numbers: Numbers) -> Chart:
    """Tell within what time the end was known of half, nine in ten, and 99 in a hundred payments."""
    columns = (
        Column("ended", _("How it ended"), is_text=True),
        Column("payments", _("Payments")),
        *(Column(f"{name}_seconds", name) for name, _share in _SHARES),
        *(Column(f"{name}_before_seconds", _("%(name)s before") % {"name": name}) for name, _share in _SHARES),
    )
    before = numbers.before
    groups = (
        (_("All"), numbers.now.all_times(), before.all_times() if before else {}),
        (_("With money"), numbers.now.times(SUCCEEDED), before.times(SUCCEEDED) if before else {}),
        (_("Without"), numbers.now.times(ENDED), before.times(ENDED) if before else {}),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            Text(name),
            Count(sum(counts.values())),
            *(Time(percentile(counts, share)) for _name, share in _SHARES),
            *(Time(percentile(old, share)) for _name, share in _SHARES),
        )
        for name, counts, old in groups
    ]
    everything = rows[0]
    tiles = [
        Tile(name, everything[2 + number].shown(), everything[5 + number].shown() if before else "")
        for number, (name, _share) in enumerate(_SHARES)
    ]
    return Chart(Table(columns, rows), Tiles(tiles) if sum(groups[0][1].values()) else None)


def _rate(answers: Answers) -> Share:
    return Share(answers.count(Answer.SUCCEEDED), answers.decided)


def _note(found: int) -> str:
    more = found - _MOST_BARS
    return _("%(count)s more stand in the table.") % {"count": more} if more > 0 else ""
