"""Cells: no text becomes a formula (S55), and every one can be had back."""

import csv
import datetime as dt
import io
import json
import re
import zipfile
from xml.etree import ElementTree

import pytest

from backoffice.exports import cells
from backoffice.exports.columns import Column, Kind
from backoffice.exports.formats import Format, Look, write
from paymenthub.kernel import spreadsheet

FORMULAS = (
    "=1+1",
    "+39 02 1234",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\rx",
    "\nx",
    " =1+1",
    '"=1+1"',
    "'=1+1",
    "''=1+1",
    "“=1+1",
    "\u00a0\u200b=cmd|' /C calc'!A0",
    "\ufeff=1+1",
    "\u202e=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "−1",
)
HARMLESS = (
    "",
    "Ada",
    "a=b",
    "1-2",
    "O'Connor",
    "'quoted'",
    "D’Angelo",
    "山田 太郎",
    "محمد",
    "x\r\ny",
    'say "hi"',
    "  blank",
    "#",
)


@pytest.mark.parametrize("value", FORMULAS)
def test_s55_what_could_be_a_formula_gets_an_apostrophe(value):
    assert spreadsheet.neutral(value) == f"'{value}"


@pytest.mark.parametrize("value", HARMLESS)
def test_s55_other_texts_stay_as_they_are(value):
    assert spreadsheet.neutral(value) == value


@pytest.mark.parametrize("value", [*FORMULAS, *HARMLESS, "'", "''"])
def test_s55_every_text_can_be_had_back(value):
    assert spreadsheet.original(spreadsheet.neutral(value)) == value


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (123450, "EUR", "1234.50"),
        (5, "EUR", "0.05"),
        (-5, "EUR", "-0.05"),
        (0, "EUR", "0.00"),
        (5000, "JPY", "5000"),
        (1234567, "KWD", "1234.567"),
        (10**15, "EUR", "10000000000000.00"),
        (5, "???", ""),
        (None, "EUR", ""),
    ],
)
def test_amounts_have_exactly_their_currencys_decimals(minor, currency, written):
    assert cells.decimal(minor, currency) == written


def test_s77_moments_are_written_in_utc():
    rome = dt.timezone(dt.timedelta(hours=2))

    assert cells.moment(dt.datetime(2027, 7, 1, 1, 30, 5, 123456, rome)) == "2027-06-30T23:30:05.123Z"


def test_what_is_no_text_is_marked():
    assert cells.text("a\x00b\ud800c") == "a\ufffdb\ufffdc"


# Whole files, read by real readers.

COLUMNS = (
    Column("who", "Who", Kind.TEXT, ("who",), cells.text),
    Column("amount", "Amount", Kind.DECIMAL, ("amount", "currency"), cells.decimal),
    Column("amount_minor", "Minor", Kind.NUMBER, ("amount",), lambda value: value),
    Column("at_utc", "At (UTC)", Kind.MOMENT, ("at",), cells.moment),
)
TEXTS = [*FORMULAS, *HARMLESS, "line\r\nbreak", "a,b;c", "_x0041_", "</v>&<f>1</f>"]
ROWS = [
    [text, "-12.34" if number % 2 else "12.345", number, "2027-01-01T00:00:00.000Z"]
    for number, text in enumerate(TEXTS)
]


def made(look: Look) -> bytes:
    return b"".join(write(look, COLUMNS, iter(ROWS)))


@pytest.mark.parametrize(("format", "delimiter"), [(Format.CSV, ","), (Format.CSV_SEMICOLON, ";")])
def test_s55_csv_read_by_the_csv_module_gives_the_same_rows(format, delimiter):
    lines = list(csv.reader(io.StringIO(made(Look(format)).decode(), newline=""), delimiter=delimiter))

    assert lines[0] == ["who", "amount", "amount_minor", "at_utc"]
    assert [[spreadsheet.original(line[0]), line[1], int(line[2]), line[3]] for line in lines[1:]] == ROWS
    assert not any(spreadsheet.is_dangerous(line[0]) and not line[0].startswith("'") for line in lines[1:])


def test_csv_for_excel_has_a_byte_order_mark_and_a_decimal_comma():
    content = made(Look(Format.CSV_SEMICOLON, bom=True, decimal_comma=True))

    assert content.startswith(b"\xef\xbb\xbfwho;amount;")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))[2][1] == "-12,34"
    assert not made(Look(Format.CSV)).startswith(b"\xef\xbb\xbf")


def test_json_lines_give_the_same_rows():
    lines = [json.loads(line) for line in made(Look(Format.JSONL)).decode().splitlines() if line]

    assert [list(line.values()) for line in lines] == ROWS
    assert list(lines[0]) == ["who", "amount", "amount_minor", "at_utc"]


def test_s55_xlsx_holds_texts_as_texts_and_numbers_as_numbers():
    with zipfile.ZipFile(io.BytesIO(made(Look(Format.XLSX)))) as file:
        assert file.testzip() is None
        sheet = ElementTree.fromstring(file.read("xl/worksheets/sheet1.xml"))
        styles = ElementTree.fromstring(file.read("xl/styles.xml"))
    ns = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    assert sheet.findall(".//x:f", ns) == []
    formats = styles.findall(".//x:cellXfs/x:xf", ns)
    for number, row in enumerate(sheet.findall(".//x:row", ns)[1:]):
        found = {cell.get("r", "").rstrip("0123456789"): cell for cell in row}
        text = TEXTS[number]
        if text:
            assert found["A"].get("t") == "inlineStr"
            assert _unescaped("".join(found["A"].itertext())) == text
            quoted = formats[int(found["A"].get("s") or 0)].get("quotePrefix") == "1"
            assert quoted == spreadsheet.is_dangerous(text)
        assert found["B"].get("t") is None
        assert float(found["B"].findtext("x:v", "", ns)) == float(ROWS[number][1])
        assert int(found["C"].findtext("x:v", "", ns)) == number


def _unescaped(text: str) -> str:
    """Read a cell as Excel does: `_x000D_` is a character."""
    return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)
