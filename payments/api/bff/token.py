"""POST /pgm-bff/client-token: what a shop's server hands to its page."""

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api import idempotent
from payments.api.schema import Operation, documented
from payments.api.typed import read
from payments.models import Scope
from payments.services.checkout_tokens import client_token

from . import examples
from .access import PageView
from .fields import SagaId


class TokenBody(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """Which payment the page is for."""

    saga_id: SagaId


class ClientToken(msgspec.Struct, rename="camel", kw_only=True):
    """What the page sends as X-Payment-Token until the payment's checkout ends."""

    saga_id: str
    client_token: str


class ClientTokenView(PageView):
    """Make a payment's client token."""

    required_scopes = {"POST": frozenset({Scope.PAYMENTS.value})}

    @documented(
        Operation(
            id="bff_client_token",
            summary="Make a payment's client token",
            description="For a shop's server: the token lets a page with a browser's key (scope `checkout`) speak of this one "
            "payment, in the header X-Payment-Token, until its checkout ends.",
            tag="Front end",
            request=TokenBody,
            response=ClientToken,
            request_examples=examples.SAGA_BODIES,
            response_examples=examples.CLIENT_TOKENS,
            errors=(
                errors.MalformedRequest, errors.InvalidField, errors.NotFound, errors.DuplicateTransaction,
                errors.PayloadTooLarge, errors.UnsupportedMediaType, errors.Unprocessable, errors.Busy,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Make it."""

        def work() -> tuple[ClientToken, bool]:
            payment = self.payment(request, read(request.data, TokenBody).saga_id)
            return ClientToken(saga_id=payment.public_id, client_token=client_token(payment)), True

        return idempotent.perform_without_attempt(request, work)
