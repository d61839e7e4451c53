"""What stands before every page: the host name is ours, the browser has opened the payment, errors become pages."""

import functools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse

from paymenthub.kernel import ids
from paymenthub.kernel.errors import HubError, NotFound
from payments.models import Payment
from payments.selectors.branding import payments_with_looks, serves

from . import visitor
from .errors import NotOpenHere, error_page

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Visit:
    """One browser at one payment."""

    request: HttpRequest
    payment: Payment

    @property
    def base(self) -> str:
        """The address of the payment's page, without the host."""
        return f"/payment/{self.payment.public_id}"

    @property
    def evidence(self) -> str:
        """What the history names as the cause."""
        return f"request:{self.request.META.get('hub.request_id', '')}"


def visited(view: Callable[Concatenate[Visit, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Call a view with the payment that the address names; what goes wrong is told as a page."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, payment_id: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            visit = _visit(request, payment_id)
        except HubError as error:
            return error_page(request, error)
        try:
            return view(visit, *args, **kwargs)
        except HubError as error:
            payment = visit.payment
            return error_page(request, error, project=payment.project, locale=payment.locale, again_url=visit.base)

    return guarded


def _visit(request: HttpRequest, public_id: str) -> Visit:
    payment_id: uuid.UUID | None = ids.parse_public_id(ids.PAYMENT, public_id)
    # Before anything is looked up: whether a payment exists is nobody's business who has not opened it.
    if payment_id is None or not visitor.may_see(request, payment_id):
        raise NotOpenHere("This page is not open in this browser.")
    payment = payments_with_looks().filter(pk=payment_id).first()
    if payment is None or not serves(request.get_host(), payment.project):
        raise NotFound("There is nothing here.")
    return Visit(request, payment)
