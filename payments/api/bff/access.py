"""Who may call which part of `/pgm-bff`: a shop's server, a web page for one payment, or a backoffice's server."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request

from paymenthub.kernel.client_address import client_address
from paymenthub.kernel.errors import Forbidden, InvalidField, NotFound
from payments.api.saga.envelope import check_open
from payments.api.schema import Query
from payments.api.views import HubAPIView, caller, request_id
from payments.flow_manager.drive import find_saga
from payments.flow_manager.opening import open_saga
from payments.models import Payment, Scope
from payments.selectors import sagas
from payments.services import checkout_tokens
from payments.services.abuse import guard_open

from .cors import TOKEN_HEADER

SHOPS_AND_PAGES = frozenset({Scope.PAYMENTS.value, Scope.CHECKOUT.value})
STAFF = frozenset({Scope.BACKOFFICE.value})
SAGA_ID = Query(
    "sagaId", "The saga's id, or ours of its payment.", "pay_0197a2c4d5e67f8091a2b3c4d5e6f708", required=True
)
TOKEN = (TOKEN_HEADER, "The payment's own client token: needed with a browser's key.")


class PageView(HubAPIView):
    """A view for a shop's server and for web pages.

    A page's key has the scope `checkout` and no other. It works from the origins that its project lists, and reaches the
    one payment whose client token the call brings.
    """

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the origin of a page's call, and count it."""
        super().initial(request, *args, **kwargs)
        if is_page(request):
            guard_open(address_of(request), "bff")
        origin = request.headers.get("Origin")
        if origin is None:
            return
        key = caller(request)
        if key.scopes != {Scope.CHECKOUT.value}:
            raise Forbidden("Keys for web pages have the scope checkout and no other. Never give a page another key.")
        if origin not in key.project.browser_origins:
            raise Forbidden("This origin is not in the project's list of browser origins.")

    def payment(self, request: Request, saga_id: str) -> Payment:
        """Find the payment that a call names; the first call about a saga of `/fm/saga` opens its payment.

        Raises NotFound, Forbidden for what a page has no token of, TokenExpired, and what opening a payment raises.
        """
        key = caller(request)
        if is_page(request):
            return _payment_of_page(request, saga_id)
        payment = sagas.find_or_none(project=key.project, mode=key.mode, saga_id=saga_id)
        if payment is not None:
            return payment
        saga = find_saga(project=key.project, mode=key.mode, saga_id=saga_id)
        if saga is None:
            raise NotFound("There is no such saga.", param="sagaId")
        check_open(saga.metadata)
        return open_saga(saga, evidence=f"request:{request_id(request)}")


class StaffView(HubAPIView):
    """A view for a backoffice's server: no web page may call it, whatever key it holds."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse calls that a web page has sent."""
        super().initial(request, *args, **kwargs)
        if "Origin" in request.headers:
            raise Forbidden("Web pages may not call this. Call it from your server.")


def is_page(request: Request) -> bool:
    """Tell whether the caller's key is a web page's: it reaches one payment at a time."""
    return Scope.PAYMENTS.value not in caller(request).scopes


def address_of(request: Request) -> str:
    """Return a page's address; nothing for a server, whose address is not its customer's."""
    return client_address(request.META, settings.TRUSTED_PROXIES) if is_page(request) else ""


def _payment_of_page(request: Request, saga_id: str) -> Payment:
    key = caller(request)
    try:
        reached = checkout_tokens.payment_of_client_token(request.headers.get(TOKEN_HEADER, ""))
    except NotFound:
        reached = None
    payment = None
    if reached is not None:
        payment = sagas.find_or_none(project=key.project, mode=key.mode, saga_id=saga_id)
    if payment is None or payment.id != reached:
        raise Forbidden(f"{TOKEN_HEADER} must hold the client token of this payment.", param=TOKEN_HEADER)
    return payment


def staff_payment(request: Request, saga_id: str) -> Payment:
    """Find a payment for a backoffice. Raises NotFound."""
    key = caller(request)
    return sagas.find(project=key.project, mode=key.mode, saga_id=saga_id)


def saga_id_in(request: Request) -> str:
    """Return the query parameter sagaId. Raises InvalidField where it is missing, given twice, or cannot be one."""
    given = {value.strip() for value in request.query_params.getlist("sagaId")}
    if len(given) > 1:
        raise InvalidField("One saga at a time.", param="sagaId")
    saga_id = given.pop() if given else ""
    if not saga_id:
        raise InvalidField("This query parameter is required.", param="sagaId")
    if len(saga_id) > sagas.LONGEST_ID or not saga_id.isprintable():
        raise InvalidField("This cannot be the id of a saga.", param="sagaId")
    return saga_id
