"""POST /pgm-bff/pay-by-link."""

from typing import Annotated

import msgspec
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors, ids
from payments.api import idempotent
from payments.api.gateway.pay_by_link import LinkResult
from payments.api.gateway.responses import OperationWord
from payments.api.schema import Operation, documented
from payments.api.typed import read
from payments.domain.checkout import Stage
from payments.models import Payment
from payments.notifications.addressing import usable
from payments.notifications.notify import notify
from payments.selectors.checkout import stage_of
from payments.selectors.saga_metadata import metadata_of
from payments.services.buyers import set_buyer_email
from payments.services.checkout_tokens import mailed_url
from payments.services.choose_method import CheckoutOver

from . import examples
from .access import SHOPS_AND_PAGES, TOKEN, PageView, is_page
from .client import guard_pay
from .fields import SagaId
from .info import FINDING

_OPEN = (Stage.CHOOSE, Stage.FAILED_TRY_AGAIN, Stage.AT_PROVIDER)


class PayByLinkBody(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """To whom the link goes; without an address to the payment's buyer."""

    saga_id: SagaId
    email: Annotated[str, Meta(max_length=320, examples=["ada@shop.example"])] = ""
    phone: Annotated[str, Meta(max_length=32, description="501: this hub sends no SMS.")] = ""


class PayByLinkView(PageView):
    """Send a customer a link to pay later."""

    required_scopes = {"POST": SHOPS_AND_PAGES}

    @documented(
        Operation(
            id="bff_pay_by_link",
            summary="Send a link to pay an open payment later",
            description="Mails the buyer a link to this payment's checkout, at the hub and for every provider: it opens until "
            "the payment's time is over, and there is one payment however often it is opened. Asked for again, it is the same "
            "link, and it is mailed once. A page may name an address only where the payment has none yet. `metadata.mail` "
            "says what becomes of the mail.",
            tag="Front end",
            request=PayByLinkBody,
            response=LinkResult,
            request_examples=examples.LINK_BODIES,
            response_examples=examples.LINKS,
            headers=(TOKEN,),
            errors=(
                *FINDING, errors.MalformedRequest, CheckoutOver, errors.PayloadTooLarge, errors.UnsupportedMediaType,
                errors.UnsupportedOperation,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Send it."""

        def work() -> tuple[LinkResult, bool]:
            body = read(request.data, PayByLinkBody)
            if body.phone:
                raise errors.UnsupportedOperation("No way to send SMS is installed here. Send a mail.")
            if body.email and not usable(body.email):
                raise errors.InvalidField("This is no mail address.", param="email")
            payment = self.payment(request, body.saga_id)
            guard_pay(request, payment)
            if not payment.in_checkout or stage_of(payment).stage not in _OPEN:
                raise CheckoutOver("This payment cannot be paid later.", details={"state": payment.state})
            if body.email:
                payment = set_buyer_email(payment.id, body.email, may_replace=not is_page(request))
            return _send(payment), True

        return idempotent.perform_without_attempt(request, work)


def _send(payment: Payment) -> LinkResult:
    link = mailed_url(payment)
    mails = notify(
        payment_id=payment.id,
        label="PAY_BY_LINK",
        command_id=ids.new_uuid(),
        metadata={**metadata_of(payment), "link": link},
    )
    return LinkResult(
        result=OperationWord.OK,
        result_code=OperationWord.OK,
        result_description="The link is made.",
        payment_id=payment.wire_id,
        link=link,
        metadata={
            "hubPaymentId": payment.public_id,
            "state": payment.state,
            "mail": (mails[0].reason or mails[0].state) if mails else "mails_not_set_up",
        },
    )
