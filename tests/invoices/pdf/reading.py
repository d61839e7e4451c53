"""What a person or a machine reads in a PDF."""

import io

import pypdf


def pages(pdf: bytes) -> list[str]:
    """Return the text of every page, each run of white space as one space."""
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def text(pdf: bytes) -> str:
    """Return the text of all pages."""
    return " ".join(pages(pdf))
