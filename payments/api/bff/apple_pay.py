"""POST /pgm-bff/apple-pay-session."""

from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api.fields import check_words
from payments.api.schema import Operation, documented
from payments.api.typed import read
from payments.api.views import caller
from payments.outbound.apple_pay import merchant_session

from . import examples
from .access import SHOPS_AND_PAGES, TOKEN, PageView, is_page

_ALIASES = {"validationURL": "validationUrl", "domain": "domainName"}


class AppleSessionBody(msgspec.Struct, rename="camel", kw_only=True):
    """What Apple's `onvalidatemerchant` told the page. A page's domain is that of its origin."""

    validation_url: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=2000,
            description="The event's `validationURL`; Apple's own addresses only.",
            examples=["https://apple-pay-gateway.apple.com/paymentservices/paymentSession"],
        ),
    ]
    saga_id: Annotated[str, Meta(max_length=255, description="Needed with a browser's key.")] = ""
    display_name: Annotated[str, Meta(max_length=64, description="What the sheet shows; else the project's name.")] = ""
    domain_name: Annotated[
        str, Meta(max_length=253, description="The domain registered with Apple; else this hub's. Not of pages.")
    ] = ""


class ApplePaySessionView(PageView):
    """Begin an Apple Pay session."""

    required_scopes = {"POST": SHOPS_AND_PAGES}

    @documented(
        Operation(
            id="bff_apple_pay_session",
            summary="Begin an Apple Pay session",
            description="Apple's merchant session, to be handed to `completeMerchantValidation` as it is; 501 where this hub has "
            "no merchant certificate (APPLEPAY_CERTIFICATE_FILE).",
            tag="Front end",
            request=AppleSessionBody,
            response=None,
            response_schema={"type": "object", "additionalProperties": True},
            request_examples=examples.APPLE_BODIES,
            response_examples=examples.APPLE_SESSIONS,
            headers=(TOKEN,),
            errors=(
                errors.MalformedRequest, errors.InvalidField, errors.NotFound, errors.PayloadTooLarge,
                errors.UnsupportedMediaType, errors.Unprocessable, errors.UnsupportedOperation, errors.ProviderError,
                errors.ProviderUnavailable, errors.Busy,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Begin it."""
        body = read(request.data, AppleSessionBody, aliases=_ALIASES)
        check_words(body.display_name, param="displayName")
        domain = body.domain_name
        if is_page(request):
            self.payment(request, body.saga_id)
            domain = urlsplit(request.headers.get("Origin", "")).hostname or ""
        session = merchant_session(
            validation_url=body.validation_url,
            domain=domain or urlsplit(settings.HUB_PUBLIC_URL).hostname or "",
            display_name=body.display_name or caller(request).project.name,
        )
        return Response(session)
