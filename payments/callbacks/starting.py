"""An order's checkout address: it leads into the checkout; one that a token has charged has its own page here."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from paymenthub.kernel.errors import HubError, NotFound
from paymenthub.kernel.money import Money
from payments.attempts.requests import return_token
from payments.models import OrderIntent
from payments.services.checkout_tokens import checkout_url
from payments.services.order_checkout import go_on, intent_of, may_start, open_checkout, ways_to_pay
from payments.services.results import Result

from .returning import SeeOther


# The address itself is the right to pay: there is no session that another site could make use of.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def start_payment(request: HttpRequest, token: str) -> HttpResponse:
    """Lead into the checkout; begin what a token has charged on POST only, since programs that look at links use GET."""
    try:
        intent = intent_of(token)
    except NotFound:
        raise Http404("No such payment to start.") from None
    if intent.payment is None or intent.payment.in_checkout:
        payment = open_checkout(intent, evidence=f"request:{request.META.get('hub.request_id', '')}")
        if payment is not None:
            # Nothing is begun by it: the checkout asks, and an address that a program followed opens nothing else.
            return SeeOther(checkout_url(payment))
        return _page(request, intent, status=409 if request.method == "POST" else 200)
    if request.method != "POST":
        return _page(request, intent)
    chosen = request.POST.get("way", "")
    choice = next((way for way in ways_to_pay(intent) if f"{way.provider}/{way.method}" == chosen), None)
    if choice is None:
        return _page(request, intent, status=400)
    try:
        outcome = go_on(intent, evidence=f"request:{request.META.get('hub.request_id', '')}")
    except HubError as error:
        # Said truthfully where it is safe to try again; the shop's own error texts are none for a customer.
        return _page(request, OrderIntent.objects.get(pk=intent.pk), problem=True, status=min(error.status, 503))
    if outcome.result is Result.REDIRECT_TO_URL:
        return SeeOther(outcome.redirect_url or outcome.redirect_url_mobile)
    if outcome.attempt is None:  # a step before the charge is at work: the page says that it has begun
        return _page(request, OrderIntent.objects.get(pk=intent.pk))
    return SeeOther(f"/return/{return_token(outcome.attempt.id.hex)}")


def _page(request: HttpRequest, intent: OrderIntent, *, problem: bool = False, status: int = 200) -> HttpResponse:
    ways = ways_to_pay(intent) if may_start(intent) else []
    context = {"intent": intent, "money": Money(intent.amount, intent.currency), "ways": ways, "problem": problem}
    response = render(request, "payment/start.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
