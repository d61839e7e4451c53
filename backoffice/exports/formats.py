"""The formats: rows of cells in, bytes out, never more than a batch of rows in memory."""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import xlsxwriter
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from paymenthub.kernel.spreadsheet import is_dangerous, neutral

from .columns import Column, Kind

Row = Sequence[str | int | None]
_ROWS_AT_ONCE: Final = 500
_BYTES_AT_ONCE: Final = 64 * 1024
_LONGEST_XLSX_CELL: Final = 32_767
XLSX_MOST_ROWS: Final = 1_048_575
"""Rows that a sheet holds below its header."""


class Format(TextChoices):
    """What a file may be."""

    CSV = "csv", _("CSV, comma")
    CSV_SEMICOLON = "csv-semicolon", _("CSV, semicolon")
    XLSX = "xlsx", _("Excel (XLSX)")
    JSONL = "jsonl", _("JSON lines")


@dataclass(frozen=True, slots=True)
class Look:
    """How a file is written. `bom` and `decimal_comma` are for CSV in Excel, and change nothing elsewhere."""

    format: Format
    bom: bool = False
    decimal_comma: bool = False

    @property
    def extension(self) -> str:
        """What its name ends in."""
        return "csv" if self.format is Format.CSV_SEMICOLON else self.format.value

    @property
    def media_type(self) -> str:
        """What it is, for HTTP."""
        return _MEDIA_TYPES[self.extension]


def write(look: Look, columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """Write a file, header first. XLSX is put together on disk before its first byte; the others flow."""
    return _WRITERS[look.format](look, columns, rows)


def _csv(look: Look, columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if look.format is Format.CSV_SEMICOLON else ",", lineterminator="\r\n")
    texts = [index for index, column in enumerate(columns) if column.kind is Kind.TEXT]
    decimals = [index for index, column in enumerate(columns) if column.kind is Kind.DECIMAL] * look.decimal_comma
    if look.bom:
        buffer.write("\ufeff")
    writer.writerow([column.key for column in columns])
    for batch in _batches(rows):
        for row in batch:
            line: list[Any] = list(row)
            for index in texts:
                line[index] = neutral(line[index])
            for index in decimals:
                line[index] = line[index].replace(".", ",")
            writer.writerow(line)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def _jsonl(look: Look, columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    keys = [column.key for column in columns]
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for batch in _batches(rows):
        yield "".join([encode(dict(zip(keys, row, strict=True))) + "\n" for row in batch]).encode()


def _xlsx(look: Look, columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        # constant_memory: every row goes to disk with the next one; texts stand in the cells themselves.
        book = xlsxwriter.Workbook(file, {"constant_memory": True})
        try:
            _fill_sheet(book, columns, rows)
        finally:
            book.close()
        file.seek(0)
        while chunk := file.read(_BYTES_AT_ONCE):
            yield chunk


def _fill_sheet(book: Any, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    sheet = book.add_worksheet("Export (UTC)")
    bold, quoted = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
    places = {number: book.add_format({"num_format": f"0.{'0' * number}" if number else "0"}) for number in range(5)}
    for index, column in enumerate(columns):
        sheet.write_string(0, index, column.key, bold)
        sheet.set_column(index, index, 26 if column.kind in (Kind.TEXT, Kind.MOMENT) else 14)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, 1):
        for index, (column, value) in enumerate(zip(columns, row, strict=True)):
            if value is None or value == "":
                continue
            if column.kind is Kind.NUMBER:
                sheet.write_number(number, index, value)
            elif column.kind is Kind.DECIMAL:
                text = str(value)
                sheet.write_number(number, index, float(text), places[len(text.partition(".")[2])])
            else:
                text = str(value)[:_LONGEST_XLSX_CELL]
                # Marked as text in Excel's own way, so that editing the cell makes no formula of it; the value stays.
                look = quoted if is_dangerous(text) else None
                sheet.write_string(number, index, text, look)


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


_WRITERS: dict[Format, Callable[[Look, Sequence[Column], Iterable[Row]], Iterator[bytes]]] = {
    Format.CSV: _csv,
    Format.CSV_SEMICOLON: _csv,
    Format.XLSX: _xlsx,
    Format.JSONL: _jsonl,
}
_MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl; charset=utf-8",
}
