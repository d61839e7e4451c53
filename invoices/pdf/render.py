"""Make the PDF of a document, with its EN 16931 XML inside where the data suffices for it."""

import atexit
import logging
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from invoices.domain.document import Document

from .checks import LIBRARIES, missing_packages
from .compose import compose
from .en16931 import build, why_not
from .errors import PdfUnavailable, RenderError
from .logo import BadLogo, Logo, vet
from .templates import look
from .transfer import transfer_code

MAX_LINES = 2000
_CODE = "transfer-code.svg"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A PDF, and the XML embedded in it. Where `xml` is None, `xml_missing` says why.

    `warnings` says what of the picture was left out, such as a logo that cannot be read.
    """

    pdf: bytes
    xml: bytes | None
    xml_missing: str = ""
    warnings: tuple[str, ...] = ()


def render(document: Document, *, template: str | None = None) -> Rendered:
    """Return the PDF of a document; touches no database, no network, and no files but templates and fonts.

    `template` names the folder of a project's own template; without such a folder it is ours. Raises RenderError where
    the template is broken or there are more than MAX_LINES lines, and PdfUnavailable where the machine lacks what PDFs
    need.
    """
    if len(document.lines) > MAX_LINES:
        raise RenderError(f"A PDF has at most {MAX_LINES} lines, and the document has {len(document.lines)}.")
    engine = _engine()
    chosen = look(template)
    logo, warnings = _logo(document.issuer.logo)
    code = transfer_code(document)
    pictures = {}
    if logo:
        pictures[logo.name] = (logo.body, logo.content_type)
    if code:
        pictures[_CODE] = (code, "image/svg+xml")
    xml_missing = why_not(document)
    xml = None if xml_missing else build(document)
    sheet = compose(document, logo=f"hub:{logo.name}" if logo else "", code=f"hub:{_CODE}" if code else "")
    printed = engine.pdf(html=chosen.html(sheet), style=chosen.style, pictures=pictures, xml=xml)
    if printed.missing:
        points = ", ".join(f"U+{point:04X}" for point in printed.missing[:10])
        warnings += (f"No font has {points}; boxes are printed for them.",)
    return Rendered(pdf=printed.pdf, xml=xml, xml_missing=xml_missing, warnings=warnings)


def _logo(body: bytes) -> tuple[Logo | None, tuple[str, ...]]:
    if not body:
        return None, ()
    try:
        return vet(body), ()
    except BadLogo as error:
        return None, (f"The logo was left out. {error}",)


@lru_cache(maxsize=1)
def _engine() -> Any:
    # Loaded when the first document comes: WeasyPrint needs system libraries and memory that only workers have to have.
    # It warns of every style it does not know and tells of every step: only missing_glyphs listens.
    for name, level in (
        ("weasyprint", logging.WARNING),
        ("weasyprint.progress", logging.ERROR),
        ("fontTools", logging.ERROR),
    ):
        logging.getLogger(name).setLevel(level)
        logging.getLogger(name).propagate = False
    try:
        engine = import_module("invoices.pdf.engine").Engine()
    except OSError as error:
        names = " ".join(missing_packages() or LIBRARIES.values())
        raise PdfUnavailable(f"PDFs need these Debian packages, which `make up` as root installs: {names}") from error
    # Its fonts lie in a temporary folder, which it removes when it goes: that has to be before Python itself goes.
    atexit.register(_engine.cache_clear)
    return engine
