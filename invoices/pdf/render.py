"""Make the PDF of a document, with its EN 16931 XML inside where the data suffices for it."""

import atexit
import logging
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from invoices.domain.document import Document

from .compose import compose
from .errors import PdfUnavailable
from .templates import look
from .transfer import transfer_code

CODE = "transfer-code.svg"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A PDF, and the XML embedded in it. Where `xml` is None, `xml_missing` says why.

    `warnings` names what was left out of the picture, such as a logo that cannot be read.
    """

    pdf: bytes
    xml: bytes | None
    xml_missing: str = ""
    warnings: tuple[str, ...] = ()


def render(document: Document, *, template: str | None = None) -> Rendered:
    """Return the PDF of a document; touches no database, network or file but the template's.

    Raises RenderError where the template is broken, and PdfUnavailable where the machine lacks what PDFs need.
    """
    engine = _engine()
    chosen = look(template)
    pictures = {}
    code = transfer_code(document)
    if code:
        pictures[CODE] = (code, "image/svg+xml")
    sheet = compose(document, logo="", code=f"hub:{CODE}" if code else "")
    pdf = engine.pdf(html=chosen.html(sheet), style=chosen.style, pictures=pictures, embedded=None)
    return Rendered(pdf=pdf, xml=None, xml_missing="Not made yet.")


@lru_cache(maxsize=1)
def _engine() -> Any:
    # Loaded when the first document comes: WeasyPrint needs system libraries, and 40 MB, that only workers have to have.
    # It warns of every style it does not know, and tells of every step.
    for name in ("weasyprint", "weasyprint.progress", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        engine = import_module("invoices.pdf.engine").Engine()
    except OSError as error:
        raise PdfUnavailable(
            "PDFs need the Debian packages libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0."
        ) from error
    # Its fonts lie in a temporary folder, which it removes when it goes: that has to be before Python itself goes.
    atexit.register(_engine.cache_clear)
    return engine
