"""The address that a customer was mailed to pay later: it leads into the payment's checkout, as often as it is opened."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from paymenthub.kernel.errors import HubError, NotFound
from payments.selectors.branding import payments_with_looks, serves
from payments.services.abuse import guard_open
from payments.services.checkout_tokens import checkout_url, payment_of_mailed_token

from .browser import ip_of
from .errors import error_page
from .views import SeeOther


@require_safe
def open_mailed(request: HttpRequest, token: str) -> HttpResponse:
    """Lead into the checkout, which says how the payment stands; nothing is begun by it."""
    try:
        guard_open(ip_of(request), "mailed")
        payment = payments_with_looks().filter(pk=payment_of_mailed_token(token)).first()
        if payment is None or not serves(request.get_host(), payment.project):
            raise NotFound("There is nothing here.")
    except HubError as error:
        return error_page(request, error)
    if request.method == "HEAD":
        return HttpResponse()
    response = SeeOther(checkout_url(payment))
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
