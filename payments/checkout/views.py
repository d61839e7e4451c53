"""The customer's pages: opened by a token, then at the payment's own address."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from paymenthub.kernel.crypto import hash_secret
from paymenthub.kernel.errors import (
    Busy,
    HubError,
    MalformedRequest,
    NotFound,
    ProviderUnavailable,
    UnsupportedOperation,
)
from payments.domain.checkout import Stage
from payments.models import CheckoutToken, Source
from payments.selectors.branding import payments_with_looks, serves
from payments.selectors.checkout import stage_of
from payments.selectors.offered import OfferedMethod, offered
from payments.services.abuse import guard_choose, guard_open
from payments.services.checkout_tokens import TokenExpired, TokenUsed, exchange
from payments.services.choose_method import CheckoutOver, StillChecking, TooManyTries, choose
from payments.services.results import PayOutcome, Result
from payments.services.status import read_status

from . import visitor
from .browser import client_of, ip_of, way_on
from .errors import NotOpenHere, error_page
from .guards import Visit, visited
from .stages import stage_page
from .ways import value_of


class SeeOther(HttpResponseRedirect):
    """A redirect after which the browser asks with GET."""

    status_code = 303


@require_safe
def open_by_token(request: HttpRequest, token: str) -> HttpResponse:
    """Exchange a single-use token for a cookie, so that the address bar holds nothing that opens the payment."""
    if request.method == "HEAD":
        return HttpResponse()  # a program that looks at links must not use the token up
    try:
        guard_open(ip_of(request), "checkout")
        payment_id = exchange(token)
    except (TokenUsed, TokenExpired):
        # The back button, or a second tab: this browser has opened it already.
        row = CheckoutToken.objects.filter(token_hash=hash_secret(token)).first()
        if row is None or not visitor.may_see(request, row.payment_id):
            return error_page(request, NotOpenHere("This address was used before, or is too old."))
        payment_id = row.payment_id
    except HubError as error:
        return error_page(request, error)
    payment = payments_with_looks().get(pk=payment_id)
    if not serves(request.get_host(), payment.project):
        return error_page(request, NotFound("There is nothing here."))
    response = SeeOther(f"/payment/{payment.public_id}")
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    visitor.remember(request, response, payment_id)
    return response


@require_safe
@visited
def show(visit: Visit) -> HttpResponse:
    """Show how the payment stands."""
    return stage_page(visit, stage_of(visit.payment))


@require_safe
@visited
def stage(visit: Visit) -> HttpResponse:
    """Say in one word how the payment stands, for the script of the waiting page."""
    response = JsonResponse({"stage": stage_of(visit.payment).stage.value})
    response["Cache-Control"] = "no-store"
    return response


@csrf_protect
@require_POST
@visited
def check(visit: Visit) -> HttpResponse:
    """Ask the provider how it stands, then show it."""
    guard_open(ip_of(visit.request), "check")
    read_status(visit.payment, source=Source.CHECKOUT, evidence=visit.evidence)
    return SeeOther(visit.base)


@csrf_protect
@require_POST
@visited
def choose_way(visit: Visit) -> HttpResponse:
    """Begin to pay by the method that was clicked, and send the customer on."""
    request, payment = visit.request, visit.payment
    way = request.POST.get("way", "")
    if not 0 < len(way) <= 200:
        raise MalformedRequest("No method was chosen.", param="way")
    guard_choose(payment, ip_of(request))
    standing = stage_of(payment)
    if standing.stage not in (Stage.CHOOSE, Stage.AT_PROVIDER, Stage.FAILED_TRY_AGAIN):
        return SeeOther(visit.base)  # another tab was faster: its outcome is what there is to see
    client = client_of(request)
    chosen = next((each for each in offered(payment, client=client).methods if value_of(each) == way), None)
    if chosen is None:
        return stage_page(visit, standing, notice="checkout.not_offered", status=409)
    try:
        outcome = _begin(visit, chosen, country=client.country, device=client.device)
    except (StillChecking, UnsupportedOperation):
        return _again(visit, "checkout.begun_elsewhere", 409)
    except (ProviderUnavailable, Busy) as error:
        return _again(visit, "checkout.not_sent", error.status)
    except (CheckoutOver, TooManyTries):
        return SeeOther(visit.base)
    if outcome.result is Result.REDIRECT_TO_URL:
        return SeeOther(way_on(request, outcome.redirect_url, outcome.redirect_url_mobile))
    return SeeOther(visit.base)


def _begin(visit: Visit, chosen: OfferedMethod, *, country: str, device: str) -> PayOutcome:
    return choose(
        visit.payment.pk,
        provider=chosen.provider,
        method=chosen.method,
        account_name=chosen.account_name,
        client={"country": country, "device": device},
        evidence=visit.evidence,
    )


def _again(visit: Visit, notice: str, status: int) -> HttpResponse:
    payment = payments_with_looks().get(pk=visit.payment.pk)
    return stage_page(Visit(visit.request, payment), stage_of(payment), notice=notice, status=status)
