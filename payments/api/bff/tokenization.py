"""POST /pgm-bff/tokenization."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api.schema import Operation, documented
from payments.api.typed import read, refuse_card_numbers
from payments.services.tokenize import tokenize

from . import examples
from .access import SHOPS_AND_PAGES, TOKEN, PageView
from .fields import SagaId
from .info import FINDING


class TokenizationBody(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """Whose helper call is asked for, and what the provider needs for it."""

    saga_id: SagaId
    provider: Annotated[str, Meta(min_length=1, max_length=32, pattern="^[a-z][a-z0-9-]*$", examples=["sandbox"])]
    provider_data: Annotated[dict[str, Any], Meta(description="No card data.")] = msgspec.field(default_factory=dict)


class TokenizationView(PageView):
    """Ask a provider for a payment token."""

    required_scopes = {"POST": SHOPS_AND_PAGES}

    @documented(
        Operation(
            id="bff_tokenization",
            summary="Ask a provider for a payment token",
            description="What the provider answers to its own helper call (`payment/token`), as it is; 501 where its driver has "
            "none, as all drivers of this version.",
            tag="Front end",
            request=TokenizationBody,
            response=None,
            response_schema={"type": "object", "additionalProperties": True},
            request_examples=examples.TOKENIZATIONS,
            response_examples=examples.TOKENS,
            headers=(TOKEN,),
            errors=(
                *FINDING, errors.MalformedRequest, errors.PayloadTooLarge, errors.UnsupportedMediaType,
                errors.UnsupportedOperation, errors.ProviderError, errors.ProviderUnavailable,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Ask for it."""
        body = read(request.data, TokenizationBody)
        refuse_card_numbers(body.provider_data, param="providerData")
        payment = self.payment(request, body.saga_id)
        return Response(tokenize(payment, provider=body.provider, body=body.provider_data))
