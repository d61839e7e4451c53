"""GET /v1/payments/{id}/methods and POST /v1/checkout-preview: what a customer would see, and why."""

import re

from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from paymenthub.kernel.errors import InvalidField
from payments.api.fields import check_currency, check_words
from payments.api.hub.access import MAY_READ, payment_of
from payments.api.idempotent import perform_without_attempt
from payments.api.pagination import parameters
from payments.api.schema import Operation, Query, documented
from payments.api.typed import read, refuse_card_numbers
from payments.api.views import HubAPIView, caller
from payments.domain.devices import Device
from payments.models import Payment
from payments.selectors.offered import Client, offered

from . import examples
from .objects import OfferObject, PreviewBody, offer_object

_COUNTRY = re.compile("[A-Z]{2}")
_BOOLEAN = {"type": "string", "enum": ["true", "false"]}
_QUERY = (
    Query("explain", "Whether reasons are told.", "true", schema=_BOOLEAN),
    Query("country", "The customer's country, ISO 3166-1.", "IT", schema={"type": "string", "pattern": "^[A-Z]{2}$"}),
    Query("device", "Where the customer pays.", "phone", schema={"type": "string", "enum": list(Device)}),
    Query("applePay", "Whether Apple Pay runs there.", "false", schema=_BOOLEAN),
)


class MethodsView(HubAPIView):
    """Tell what a payment's customer would see."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="list_methods_of_payment",
            summary="What would this customer see, and why",
            description="The methods that the hosted checkout offers for a payment at this moment, in their order. With "
            "`explain=true` also every other method of the project with the reason that hides it, and how each rule came out. "
            "Nothing is changed and no provider is asked.",
            tag="Adaptive checkout",
            response=OfferObject,
            response_examples=examples.SHORT_OFFERS,
            query=_QUERY,
            errors=(errors.InvalidField, errors.NotFound, errors.Conflict, errors.Busy),
        )
    )
    def get(self, request: Request, payment_id: str) -> Response:
        """Tell it."""
        given = parameters(request, [query.name for query in _QUERY])
        device = given.get("device", Device.DESKTOP.value)
        if device not in list(Device):
            raise InvalidField(f"One of {', '.join(Device)}.", param="device")
        country = given.get("country", "")
        if country and not _COUNTRY.fullmatch(country):
            raise InvalidField("Two capital letters of ISO 3166-1.", param="country")
        client = Client(country=country, device=device, apple_pay=_flag(given.get("applePay"), "applePay"))
        explain = _flag(given.get("explain"), "explain")
        return Response(offer_object(offered(payment_of(request, payment_id), client=client), explain=explain))


class PreviewView(HubAPIView):
    """Tell what the customer of a payment would see that does not exist."""

    required_scopes = {"POST": MAY_READ}

    @documented(
        Operation(
            id="preview_checkout",
            summary="What would a customer see, and why",
            description="As the methods of a payment with `explain=true`, for one that is made up. Nothing is kept.",
            tag="Adaptive checkout",
            request=PreviewBody,
            response=OfferObject,
            request_examples=examples.PREVIEWS,
            response_examples=examples.OFFERS,
            errors=(
                errors.MalformedRequest, errors.InvalidField, errors.PayloadTooLarge, errors.UnsupportedMediaType,
                errors.Unprocessable, errors.Busy,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Tell it."""

        def work() -> tuple[OfferObject, bool]:
            body = read(request.data, PreviewBody)
            check_currency(body.currency)
            check_words(body.shop_transaction_id, param="shopTransactionId")
            refuse_card_numbers(body.additional_data, param="additionalData")
            key = caller(request)
            payment = Payment(
                project=key.project,
                mode=key.mode,
                amount=body.amount,
                currency=body.currency,
                capture_mode=body.capture_mode,
                type=body.type,
                shop_transaction_id=body.shop_transaction_id,
                locale=body.locale,
                allowed_methods=body.allowed_methods,
                additional_data=body.additional_data,
            )
            client = Client(country=body.country or "", device=body.device, apple_pay=body.apple_pay)
            return offer_object(offered(payment, client=client), explain=True), False

        return perform_without_attempt(request, work)


def _flag(text: str | None, param: str) -> bool:
    if text not in (None, "true", "false"):
        raise InvalidField("true or false.", param=param)
    return text == "true"
