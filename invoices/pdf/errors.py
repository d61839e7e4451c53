"""What can go wrong while a document is rendered."""


class RenderError(Exception):
    """Say that a document cannot be rendered as it is: its template is broken, or it has too many lines."""


class PdfUnavailable(Exception):
    """Say that this machine cannot make PDFs; the message names the Debian packages that are missing."""
