"""The customer comes back from the PSP: ask how it stands, and send the customer on to the shop."""

import uuid

from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from payments.attempts.requests import attempt_of_return_token
from payments.models import Attempt, Source
from payments.outbound.return_url import back_to_shop
from payments.services.checkout_tokens import checkout_url
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
    attempt = Attempt.objects.select_related("payment__project").filter(pk=attempt_id).first()
    if attempt is None:
        raise Http404("No such return address.")
    payment = read_status(attempt.payment, source=Source.RETURN, evidence=request.META.get("hub.request_id", ""))
    # The checkout's page says truthfully how it stands, and offers another try where there may be one.
    response = SeeOther(back_to_shop(payment) or checkout_url(payment))
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
