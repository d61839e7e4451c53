"""The customer comes back from the PSP: ask how it stands, and send the customer on to the shop."""

import uuid
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from payments.attempts.requests import attempt_of_return_token
from payments.models import Attempt, Payment, Source
from payments.selectors.status import Status, status_of
from payments.services.status import read_status


class SeeOther(HttpResponseRedirect):
    """A redirect after which the browser asks with GET."""

    status_code = 303


@csrf_exempt
@require_http_methods(["GET", "POST"])
def come_back(request: HttpRequest, token: str) -> HttpResponse:
    """Verify with the PSP, whatever the address bar says, then go on to the shop or say truthfully how it stands."""
    try:
        attempt_id = uuid.UUID(hex=attempt_of_return_token(token))
    except (BadSignature, ValueError):
        raise Http404("No such return address.") from None
    attempt = Attempt.objects.select_related("payment").filter(pk=attempt_id).first()
    if attempt is None:
        raise Http404("No such return address.")
    payment = read_status(attempt.payment, source=Source.RETURN, evidence=request.META.get("hub.request_id", ""))
    status = status_of(payment)
    target = {
        Status.ACCEPTED: payment.success_redirect_url,
        Status.FAILED: payment.failure_redirect_url,
        Status.PENDING: "",  # a shop's success page would say more than is known
    }[status]
    if target:
        return SeeOther(with_outcome(target, payment, status))
    response = render(request, "payment/result.html", {"payment": payment, "status": status.value})
    response["Cache-Control"] = "no-store"
    return response


def with_outcome(url: str, payment: Payment, status: Status) -> str:
    """Add what the shop needs to a redirect URL, keeping its own query and fragment."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    query += [
        ("paymentId", payment.wire_id),
        ("shopTransactionId", payment.shop_transaction_id),
        ("status", status.value),
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))
