"""The texts of the backoffice's pages, found in the code and the templates, and their catalogue in Italian.

Read with Babel, so that neither writing nor checking the catalogue needs GNU gettext.
"""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import django
import unfold
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "backoffice" / "locale" / "it" / "LC_MESSAGES" / "django.po"
_CODE = ("backoffice", "payments", "invoices")
_SIDEBAR = ROOT / "paymenthub" / "settings" / "backoffice.py"
_TEMPLATES = ("templates/backoffice", "templates/admin")
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}


def found() -> Catalog:
    """Collect every text that pages of the backoffice may show, and those of unfold that Django has no Italian for."""
    catalog = Catalog(domain="django", charset="utf-8")
    djangos = _of_django()
    for place, source in _sources():
        for _, message, _, context in extract("python", io.BytesIO(source.encode()), _KEYWORDS):
            if not (place.startswith("unfold/") and djangos.get(message, context)):
                catalog.add(message, locations=[(place, 0)], context=context)
    return catalog


def written() -> Catalog:
    """Read the catalogue as it is."""
    with FILE.open("rb") as file:
        return read_po(file, locale="it", domain="django")


def as_po(catalog: Catalog) -> bytes:
    """Write a catalogue for people: without line numbers and dates, so that it changes where a text does."""
    out = io.BytesIO()
    write_po(out, catalog, width=120, no_location=True, omit_header=False, sort_output=True, ignore_obsolete=True)
    return b"\n".join(line for line in out.getvalue().split(b"\n") if not line.startswith(_DATED))


def as_mo(catalog: Catalog) -> bytes:
    """Write a catalogue for gettext: the same bytes from the same texts, whenever it is written."""
    out = io.BytesIO()
    catalog.creation_date = catalog.revision_date = _NO_DATE  # else Babel writes the present minute
    write_mo(out, catalog)
    return out.getvalue()


_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
_DATED = (b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Generated-By', b'"Last-Translator', b'"Language-Team')


def updated() -> Catalog:
    """Bring the catalogue up to date: new texts without a translation, old ones gone, nothing guessed."""
    catalog = written()
    catalog.update(found(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def _sources() -> Iterator[tuple[str, str]]:
    for folder in _CODE:
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in file.parts:
                yield str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")
    yield str(_SIDEBAR.relative_to(ROOT)), _SIDEBAR.read_text(encoding="utf-8")
    for folder in _TEMPLATES:
        for file in sorted((ROOT / folder).rglob("*.html")):
            name = str(file.relative_to(ROOT))
            yield name, _as_code(file)
    theirs = Path(unfold.__file__).parent
    for file in sorted((theirs / "templates").rglob("*.html")):
        if "contrib" not in file.parts:
            yield f"unfold/{file.name}", _as_code(file)
    for name in ("forms.py", "admin.py", "widgets.py", "sites.py"):
        yield f"unfold/{name}", (theirs / name).read_text(encoding="utf-8")


def _of_django() -> Catalog:
    theirs = Path(django.__file__).parent / "contrib" / "admin" / "locale" / "it" / "LC_MESSAGES" / "django.po"
    with theirs.open("rb") as file:
        return read_po(file, locale="it", domain="django")


def _as_code(template: Path) -> str:
    """Turn a template's texts into calls; what stands between them is blanked out, and so is its indentation."""
    code = templatize(template.read_text(encoding="utf-8"), origin=template.name)
    return "\n".join(line.strip() for line in code.split("\n"))
