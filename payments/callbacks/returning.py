"""The customer comes back from the PSP: ask how it stands, and send the customer on to the shop."""

import uuid

from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from payments.attempts.requests import attempt_of_return_token
from payments.domain.checkout import Stage
from payments.models import Attempt, Payment, Source
from payments.selectors.checkout import stage_of
from payments.selectors.shop_urls import shop_url
from payments.selectors.status import Status, status_of
from payments.services.checkout_tokens import checkout_url
from payments.services.status import read_status

_DECIDED = (Stage.PAID, Stage.FAILED, Stage.CANCELLED, Stage.EXPIRED)


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
    response = SeeOther(_onwards(payment))
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _onwards(payment: Payment) -> str:
    """Choose where the customer goes: to the shop with a sure outcome, else to the checkout's page, which says how it is.

    What is not known is told to no shop's page, and what may be tried again is offered again.
    """
    if status_of(payment) is not Status.PENDING and stage_of(payment).stage in _DECIDED:
        to_shop = shop_url(payment)
        if to_shop:
            return to_shop
    return checkout_url(payment)
