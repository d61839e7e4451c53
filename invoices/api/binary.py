"""Views that answer with a file: they take what the file is, or JSON, in the header Accept; errors are JSON."""

from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from invoices import storage
from invoices.errors import FileNotReady, NoXml
from invoices.models import Invoice
from invoices.services.files import make_again
from invoices.storage import Format
from paymenthub.kernel import db
from paymenthub.kernel.errors import Busy
from payments.api.renderers import JSONRenderer
from payments.api.views import HubAPIView


class _Named(BaseRenderer):
    """Only names a media type; whatever goes through a renderer here is an error, and JSON."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        """Return JSON."""
        return JSONRenderer().render(data)


class _Pdf(_Named):
    media_type, format = "application/pdf", "pdf"


class _Xml(_Named):
    media_type, format = "application/xml", "xml"


class _Zip(_Named):
    media_type, format = "application/zip", "zip"


class _Lines(_Named):
    media_type, format = "application/x-ndjson", "ndjson"


class FileView(HubAPIView):
    """A view that answers with a file."""

    files: ClassVar[tuple[type[BaseRenderer], ...]] = (_Pdf, _Xml, _Zip, _Lines)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """Check that a file or JSON is welcome; whatever DRF renders itself is JSON. Raises NotAcceptable."""
        json = JSONRenderer()
        if not force:
            DefaultContentNegotiation().select_renderer(request, [json, *(kind() for kind in self.files)])
        return json, json.media_type


def file_response(invoice: Invoice, format: Format) -> HttpResponse:
    """Answer with an invoice's file. Raises FileNotReady, NoXml, or Busy where the storage is away."""
    if not invoice.is_ready:
        raise FileNotReady("The file is being made; ask again shortly.", details={"state": invoice.file_state})
    if format == "xml" and not invoice.xml_size:
        raise NoXml("This document has no EN 16931 data; complete issuer and buyer for later ones.")
    db.release_connection()
    try:
        content = storage.read_file(invoice, format)
    except FileNotFoundError:
        make_again(invoice)
        raise FileNotReady("The storage has lost the file; it is made again.") from None
    except storage.FAILURES:
        raise Busy("The storage of invoices does not answer; try again shortly.") from None
    answer: HttpResponse = private(
        HttpResponse(content, content_type=storage.MEDIA_TYPES[format]), storage.shown_name(invoice, format)
    )
    return answer


def private(answer: Any, name: str) -> Any:
    """Add what a private file needs: it is kept in no cache, never shown in a frame, and has a name of our own letters."""
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """Answer with a PDF that is at hand."""
    answer: HttpResponse = private(HttpResponse(content, content_type="application/pdf"), name)
    return answer
