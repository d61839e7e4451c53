"""A chart's numbers as a table: the one source of its drawing, of the table under it and of its CSV file."""

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from babel.numbers import format_decimal, format_percent
from django.utils.translation import get_language

from paymenthub.kernel.spreadsheet import neutral
from payments.selectors.rollups import major

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Text:
    """Words, perhaps of customers."""

    value: str

    def shown(self) -> str:
        """Write it for people."""
        return self.value

    def raw(self) -> str:
        """Write it for a spreadsheet, so that it cannot be a formula."""
        return neutral(self.value)


@dataclass(frozen=True, slots=True)
class Day:
    """A UTC day, or none."""

    value: dt.date | None

    def shown(self) -> str:
        """Write it for people."""
        return self.value.isoformat() if self.value else NOTHING

    def raw(self) -> str:
        """Write it for a spreadsheet."""
        return self.value.isoformat() if self.value else ""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of payments, or none where there is nothing to count."""

    value: int | None

    def shown(self) -> str:
        """Write it for people."""
        return NOTHING if self.value is None else format_decimal(self.value, locale=_locale())

    def raw(self) -> str:
        """Write it for a spreadsheet."""
        return "" if self.value is None else str(self.value)


@dataclass(frozen=True, slots=True)
class Amount:
    """Minor units of a currency; written in major units with the currency's decimals."""

    value: int | None
    currency: str

    def shown(self) -> str:
        """Write it for people."""
        if self.value is None:
            return NOTHING
        number = major(self.value, self.currency)
        decimals = max(0, -int(number.as_tuple().exponent))
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return f"{format_decimal(number, format=pattern, locale=_locale())} {self.currency}"

    def raw(self) -> str:
        """Write it for a spreadsheet."""
        return "" if self.value is None else f"{major(self.value, self.currency):f}"


@dataclass(frozen=True, slots=True)
class Share:
    """One number of another, as a percentage; none of nothing."""

    part: int
    whole: int

    @property
    def percent(self) -> Decimal | None:
        """The percentage, to two decimals."""
        return round(Decimal(self.part * 100) / self.whole, 2) if self.whole > 0 else None

    def shown(self) -> str:
        """Write it for people."""
        if self.percent is None:
            return NOTHING
        return format_percent(self.percent / 100, format="#,##0.0#%", locale=_locale())

    def raw(self) -> str:
        """Write it for a spreadsheet."""
        return "" if self.percent is None else f"{self.percent:.2f}"


@dataclass(frozen=True, slots=True)
class Time:
    """A time in seconds, or none."""

    value: float | None

    def shown(self) -> str:
        """Write it for people: 0.4 s, 12 s, 3 min, 5 h, 2 d."""
        seconds = self.value
        if seconds is None:
            return NOTHING
        for unit, size, below in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
            if seconds < below:
                decimals = "0.##" if seconds < 10 else "0"
                return f"{format_decimal(seconds / size, format=decimals, locale=_locale())} {unit}"
        return f"{format_decimal(seconds / 86_400, format='0', locale=_locale())} d"

    def raw(self) -> str:
        """Write it for a spreadsheet: seconds."""
        return "" if self.value is None else f"{self.value:.2f}"


Cell = Text | Day | Count | Amount | Share | Time


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in files, which no language changes, and its heading for people."""

    name: str
    heading: str
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows. `currency` is that of every amount, for the file's headings; empty where there is none."""

    columns: Sequence[Column]
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    currency: str = ""

    def csv(self) -> str:
        """Write it as a file: commas, a line of names, amounts in major units under a name that ends in their currency."""
        file = io.StringIO()
        writer = csv.writer(file)
        writer.writerow([self._name(number) for number in range(len(self.columns))])
        writer.writerows([cell.raw() for cell in row] for row in self.rows)
        return file.getvalue()

    def shown(self) -> list[list[str]]:
        """Write the rows for people."""
        return [[cell.shown() for cell in row] for row in self.rows]

    def _name(self, number: int) -> str:
        name = self.columns[number].name
        is_money = bool(self.rows) and all(isinstance(row[number], Amount) for row in self.rows)
        return f"{name}_{self.currency}" if is_money and self.currency else name


def _locale() -> str:
    return (get_language() or "en").replace("-", "_").split("_")[0]
