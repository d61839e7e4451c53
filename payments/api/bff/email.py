"""GET /pgm-bff/send-email."""

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api.schema import Operation, documented
from payments.notifications.send_again import send_again

from . import examples
from .access import SAGA_ID, STAFF, StaffView, saga_id_in, staff_payment


class MailAgain(msgspec.Struct, rename="camel", kw_only=True):
    """The mail that goes out, or has just gone out."""

    saga_id: str
    event: str
    to: str
    state: str


class SendEmailView(StaffView):
    """Tell a customer again."""

    required_scopes = {"GET": STAFF}

    @documented(
        Operation(
            id="bff_send_email",
            summary="Backoffice: send the customer's mail again",
            description=(
                "Sends the last mail about the payment again to its buyer; where none was sent, the one that fits how it stands. "
                "Asked for twice within a minute it is sent once. `to` is masked. Refused to calls that carry an Origin."
            ),
            tag="Front end",
            response=MailAgain,
            response_examples=examples.MAILS_AGAIN,
            query=(SAGA_ID,),
            errors=(
                errors.InvalidField, errors.NotFound, errors.Conflict, errors.WrongState, errors.UnsupportedOperation,
                errors.Busy,
            ),
        )
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Send it."""
        payment = staff_payment(request, saga_id_in(request))
        mail = send_again(payment.id)
        return Response(
            MailAgain(saga_id=payment.public_id, event=mail.event, to=mail.recipients_shown, state=mail.state)
        )
