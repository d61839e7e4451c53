"""Fill a database with demo data, portion by portion, each in a transaction of its own."""

import datetime as dt
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Model

from payments import models as tables
from payments.selectors import machines
from payments.services import rollups

from . import mails, words
from .days import moments
from .draft import Draft, Ids
from .standing import Link, Place, make_places
from .stories import STORIES
from .subscriptions import Agreement, Subscriptions
from .writing import COLUMNS, Portion, at, json_cell

PAYMENTS_AT_ONCE = 10_000
_OF_A_SUBSCRIPTION, _OF_A_LINK = 0.006, 0.02


@dataclass(frozen=True, slots=True)
class Wish:
    """How many payments, from which dice, until when; `run` tells the runs of one database apart."""

    payments: int
    seed: int
    until: dt.date
    run: int


def fill(wish: Wish, told: Callable[[int, int], None]) -> int:
    """Make it; call `told` with payments and rows after each portion. Return the number of rows."""
    dice = random.Random(f"{wish.seed}/{wish.run}")  # noqa: S311 - demo data
    filler = _Filler(dice, wish)
    rows = 0
    for made, moment in enumerate(moments(dice, wish.payments, wish.until), 1):
        filler.make(moment)
        if made % PAYMENTS_AT_ONCE == 0 or made == wish.payments:
            rows += filler.write()
            told(made, rows)
    with transaction.atomic():
        filler.finish()
    _analyze(COLUMNS)
    return rows


def add_up(told: Callable[[str, int], None]) -> int:
    """Add the demo projects' days up for the dashboard; call `told` with each project and its days. Return all the days.

    Copied rows leave no marks, and a hub that ran meanwhile may have added up a day of which a part was still to come.
    """
    days = 0
    for project in tables.Project.objects.filter(principal__name=words.PRINCIPAL).order_by("name"):
        added = rollups.rebuild(project.id)
        days += added
        told(project.name, added)
    _analyze([tables.Rollup, tables.RollupDay])
    return days


class _Filler:
    def __init__(self, dice: random.Random, wish: Wish) -> None:
        self._dice, self._wish = dice, wish
        self._end = int(dt.datetime.combine(wish.until, dt.time(), dt.UTC).timestamp() * 1000)
        self._ids, self._portion = Ids(dice), Portion()
        self._payment, self._subscription = machines.newest(), machines.newest("subscription")
        with transaction.atomic():
            places = make_places(dice, wish.run)
        self._places, self._shares = [place for place, _ in places], [share for _, share in places]
        self._subscriptions = Subscriptions(self._portion, self._ids, self._subscription)
        self._number = 0
        self._stories, self._weights = [story for story, _ in STORIES], [weight for _, weight in STORIES]

    def make(self, moment: int) -> None:
        """Make one payment: a renewal where one is due, else a new one."""
        due = self._subscriptions.due(moment)
        dice = self._dice
        place = due.place if due else dice.choices(self._places, self._shares)[0]
        draft = self._draft(place, moment)
        if due:
            self._as_before(draft, due)
            self._subscriptions.renew(due, draft, dice)
        elif dice.random() < _OF_A_SUBSCRIPTION:
            draft.provider, draft.method = "stripe", "credit-cards"
            draft.account = place.accounts["stripe"]
            self._subscriptions.begin(draft, dice)
        else:
            if dice.random() < _OF_A_LINK:
                self._by_link(draft, dice.choice(place.links))
            dice.choices(self._stories, self._weights)[0](draft, dice)
        draft.save()
        mails.of(draft, dice, self._portion)

    def write(self) -> int:
        """Write what was made."""
        with transaction.atomic():
            return self._portion.copy()

    def finish(self) -> None:
        """Write how far links and subscriptions got."""
        self._subscriptions.finish()
        rows = []
        for place in self._places:
            for link in place.links:
                link.row.started = link.started
                rows.append(link.row)
        tables.PaymentLink.objects.bulk_update(rows, ["started"])

    def _draft(self, place: Place, moment: int) -> Draft:
        dice, self._number = self._dice, self._number + 1
        shop_id = f"D{self._wish.run}-{self._number:07d}"
        draft = Draft(self._portion, self._ids, self._payment, place, created=moment, end=self._end, shop_id=shop_id)
        currency = dice.choices(*_columns(place.shop.currencies))[0]
        amount = place.shop.basket * dice.lognormvariate(-0.15, 0.7) * words.PER_EURO_CENT[currency]
        draft.currency, draft.amount = currency, max(50, round(amount))
        draft.provider = dice.choices(_PROVIDERS, _PROVIDER_SHARES)[0]
        _, methods, shares = words.PROVIDERS[draft.provider]
        draft.method = dice.choices(methods, shares)[0]
        draft.account = place.accounts[draft.provider]
        self._describe(draft)
        return draft

    def _describe(self, draft: Draft) -> None:
        dice = self._dice
        draft.buyer, draft.locale = dice.choice(_BUYERS)
        draft.additional_data = dice.choices(_CHANNELS, _CHANNEL_SHARES)[0]
        draft.description = f"{dice.choice(words.THINGS)} {dice.randrange(1000, 9999)}"

    def _as_before(self, draft: Draft, agreement: Agreement) -> None:
        draft.amount, draft.currency = agreement.amount, agreement.currency
        draft.provider, draft.method = "stripe", "credit-cards"
        draft.account = agreement.place.accounts["stripe"]

    def _by_link(self, draft: Draft, link: Link) -> None:
        link.started += 1
        draft.type, draft.link = "PAY_BY_LINK", link.row.id.hex
        draft.shop_id = f"{link.row.shop_transaction_id}-{link.started}"
        draft.amount, draft.currency = link.row.amount or draft.amount, link.row.currency
        draft.in_checkout = True
        self._portion.lines[tables.PaymentLinkUse].append(
            f"{self._ids.at(draft.created)}\t{at(draft.created)}\t{draft.link}\t{draft.id}\t{link.started}"
        )


def _columns(pairs: tuple[tuple[str, int], ...]) -> tuple[list[str], list[int]]:
    return [name for name, _ in pairs], [share for _, share in pairs]


def _buyers() -> Iterator[tuple[str, str]]:
    for number, (name, language) in enumerate(words.BUYERS):
        for address in range(40):
            yield json_cell({"name": name, "email": f"buyer-{number}-{address}@shopper.example"}), language


def _analyze(models: Iterable[type[Model]]) -> None:
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"ANALYZE {model._meta.db_table}")


_BUYERS = list(_buyers())
_CHANNELS = [json_cell({"channel": channel}) for channel, _ in words.CHANNELS]
_CHANNEL_SHARES = [share for _, share in words.CHANNELS]
_PROVIDERS = list(words.PROVIDERS)
_PROVIDER_SHARES = [row[0] for row in words.PROVIDERS.values()]
