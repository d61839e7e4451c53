"""POST /pgm-bff/create and POST /pgm-bff/pay-recurrent: this hub offers no subscriptions to front ends yet."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api.schema import Operation, documented
from payments.api.typed import read

from . import examples
from .access import SHOPS_AND_PAGES, PageView

_REFUSALS = (
    errors.MalformedRequest, errors.InvalidField, errors.PayloadTooLarge, errors.UnsupportedMediaType,
    errors.UnsupportedOperation,
)  # fmt: skip
_WORDS = "Known and always refused (501 `unsupported_operation`): this hub offers no subscriptions to front ends yet."


class SubscriptionBody(msgspec.Struct, rename="camel", kw_only=True):
    """A subscription's data; nothing of it is read yet."""

    saga_id: Annotated[str, Meta(max_length=255)] = ""
    subscription_info: dict[str, Any] = msgspec.field(default_factory=dict)


def _operation(id: str, summary: str) -> Operation:
    return Operation(
        id=id,
        summary=summary,
        description=_WORDS,
        tag="Front end",
        request=SubscriptionBody,
        response=None,
        request_examples=examples.SUBSCRIPTION_BODIES,
        errors=_REFUSALS,
        status=errors.UnsupportedOperation.status,
    )


class _NotOfferedView(PageView):
    """Refuses, after the body was checked."""

    required_scopes = {"POST": SHOPS_AND_PAGES}

    def refuse(self, request: Request) -> Response:
        """Refuse it."""
        read(request.data, SubscriptionBody)
        raise errors.UnsupportedOperation("This hub offers no subscriptions to front ends yet.")


class CreateView(_NotOfferedView):
    """Create a subscription."""

    @documented(_operation("bff_create", "Create a subscription"))
    def post(self, request: Request) -> Response:
        """Refuse it."""
        return self.refuse(request)


class PayRecurrentView(_NotOfferedView):
    """Pay a subscription."""

    @documented(_operation("bff_pay_recurrent", "Pay a subscription"))
    def post(self, request: Request) -> Response:
        """Refuse it."""
        return self.refuse(request)
