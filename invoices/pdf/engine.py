"""WeasyPrint, set up once a process: fonts and the parsed style sheet serve every document.

Importing this needs Pango; `render` imports it when the first document comes, so that other processes need not.
"""

import threading
from dataclasses import dataclass

from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration

from .pictures import OwnData, fonts
from .xmp import Metadata

VARIANT = "pdf/a-3b"
XML_NAME = "factur-x.xml"


@dataclass(frozen=True, slots=True)
class Embedded:
    """The XML that goes into the PDF, and when it was made."""

    xml: bytes
    description: str


class Engine:
    """Make PDFs. One at a time: Pango's font map is not made for threads, and Python would not run them together."""

    def __init__(self) -> None:
        self._fonts = FontConfiguration()
        self._font_files = fonts()
        self._styles: dict[str, CSS] = {}
        self._lock = threading.Lock()

    def pdf(self, *, html: str, style: str, pictures: dict[str, tuple[bytes, str]], embedded: Embedded | None) -> bytes:
        """Return the PDF of a page; the style sheet is parsed when it is first seen."""
        with self._lock:
            if style not in self._styles:
                self._styles[style] = CSS(string=style, url_fetcher=self._font_files, font_config=self._fonts)
            source = HTML(string=html, url_fetcher=OwnData(pictures), base_url="hub:page")
            options = {"pdf_variant": VARIANT, "pdf_tags": True, "attachments": []}
            document = source.render(font_config=self._fonts, stylesheets=[self._styles[style]], **options)
            document.metadata = Metadata.of(document.metadata, factur_x=embedded is not None)
            if embedded:
                document.metadata.attachments = [
                    Attachment(
                        string=embedded.xml,
                        name=XML_NAME,
                        description=embedded.description,
                        relationship="Alternative",
                    )
                ]
            return bytes(document.write_pdf(**options))
