"""GET /invoices/download/{signed}: a file, for whoever has the link; keyless, so a customer may follow it from a mail."""

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.http import require_safe

from invoices import links
from invoices.errors import LinkExpired
from invoices.models import Invoice
from invoices.storage import Format
from paymenthub.kernel import errors
from payments.api.exceptions import retry_after
from payments.api.views import request_id

from .binary import file_response


@require_safe
def download(request: HttpRequest, signed: str) -> HttpResponseBase:
    """Answer with the file; 404 for what was not signed here, 403 once the link's time is over."""
    try:
        return file_response(*_wanted(signed))
    except errors.HubError as error:
        answer = JsonResponse(errors.as_body(error, request_id(request) or None), status=error.status)
        wait = retry_after(error)
        if wait is not None:
            answer["Retry-After"] = str(wait)
        return answer


def _wanted(signed: str) -> tuple[Invoice, Format]:
    try:
        invoice_id, format = links.opened(signed)
    except links.LinkOver:
        raise LinkExpired("This link has expired; ask for a new one.") from None
    except ValueError:
        raise errors.NotFound("There is nothing at this path.") from None
    invoice = Invoice.objects.select_related("payment").filter(pk=invoice_id).first()
    if invoice is None:
        raise errors.NotFound("There is nothing at this path.")
    return invoice, format
