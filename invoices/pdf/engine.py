"""WeasyPrint, set up once a process: fonts and the parsed style sheet serve every document.

Importing this needs Pango; `render` imports it when the first document comes, so that other processes need not.
"""

import threading
from dataclasses import dataclass

import pydyf
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration

from paymenthub.kernel import clock

from .missing_glyphs import missing_glyphs
from .pictures import OwnData, fonts
from .xmp import Metadata

VARIANT = "pdf/a-3b"
XML_NAME = "factur-x.xml"


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF, and the code points for which there was no font."""

    pdf: bytes
    missing: tuple[int, ...]


class Engine:
    """Make PDFs. One at a time: Pango's font map is not made for threads, and Python would not run them together."""

    def __init__(self) -> None:
        self._fonts = FontConfiguration()
        self._font_files = fonts()
        self._styles: dict[str, CSS] = {}
        self._lock = threading.Lock()

    def pdf(self, *, html: str, style: str, pictures: dict[str, tuple[bytes, str]], xml: bytes | None) -> Printed:
        """Return the PDF of a page; the style sheet is parsed when it is first seen."""
        with self._lock, missing_glyphs() as missing:
            if style not in self._styles:
                self._styles[style] = CSS(string=style, url_fetcher=self._font_files, font_config=self._fonts)
            source = HTML(string=html, url_fetcher=OwnData(pictures), base_url="hub:page")
            options = {"pdf_variant": VARIANT, "pdf_tags": True, "attachments": []}
            document = source.render(font_config=self._fonts, stylesheets=[self._styles[style]], **options)
            document.metadata = Metadata.of(document.metadata, factur_x=xml is not None)
            if xml:
                now = clock.now()
                document.metadata.attachments = [
                    Attachment(
                        string=xml,
                        name=XML_NAME,
                        description="The invoice as data (Factur-X, EN 16931)",
                        relationship="Alternative",
                        created=now,
                        modified=now,
                    )
                ]
            return Printed(bytes(document.write_pdf(finisher=_name_files_once, **options)), tuple(missing))


def _name_files_once(_document: object, pdf: pydyf.PDF) -> None:
    # WeasyPrint 70 lists an attached file twice: once for its name and once for what it is.
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
