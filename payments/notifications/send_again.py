"""Tell a payment's customer once more how it stands, because a backoffice asks for it."""

import datetime as dt
import uuid

from paymenthub.kernel import clock, db, ids
from paymenthub.kernel.errors import UnsupportedOperation, WrongState
from payments import locks
from payments.models import Mail, MailAudience, MailChannel, MailState, Payment
from payments.selectors.status import Status, status_of

from .notify import notify
from .resend import may_resend, resend

_ONCE_PER = dt.timedelta(seconds=60)
"""Who asks again within this time means the same mail."""


def send_again(payment_id: uuid.UUID) -> Mail:
    """Send the last mail to the customer again; where there was none, the one that fits how the payment stands.

    One that is under way already, or was asked for within a minute, is answered as it is. Raises WrongState where nothing
    can be said or sent, UnsupportedOperation where this hub sends no mails.
    """
    with db.durable():
        payment = locks.payment(payment_id)
        last = (
            Mail.objects.filter(payment=payment, audience=MailAudience.CUSTOMER, channel=MailChannel.EMAIL)
            .order_by("-created_at", "-id")
            .first()
        )
        if last is None:
            return _first(payment)
        if last.state == MailState.DUE or _was_just_asked_for(last):
            return last
        if not may_resend(last):
            raise WrongState(f"The last mail cannot be sent again: {last.reason or 'its content was erased'}.")
        return resend(last)


def _first(payment: Payment) -> Mail:
    mails = notify(payment_id=payment.id, label=_label(payment), command_id=ids.new_uuid())
    mail = next((mail for mail in mails if mail.channel == MailChannel.EMAIL), None)
    if mail is None:
        raise UnsupportedOperation("This hub, or this project, sends no mails to customers.")
    if mail.state == MailState.SKIPPED:
        raise WrongState(f"No mail goes out for this payment: {mail.reason}.")
    return mail


def _was_just_asked_for(mail: Mail) -> bool:
    return mail.state == MailState.SENT and "#" in mail.version and mail.created_at > clock.now() - _ONCE_PER


def _label(payment: Payment) -> str:
    given_back = payment.refunded_by_us + payment.refunded_elsewhere
    match status_of(payment):
        case Status.ACCEPTED if given_back:
            return "TOTAL_REFUND_EXECUTED" if given_back >= payment.captured else "PARTIAL_REFUND_EXECUTED"
        case Status.ACCEPTED:
            return "PAYMENT_EXECUTED"
        case Status.FAILED:
            return "PAYMENT_FAILED"
        case _:
            raise WrongState("The payment is not decided yet: there is nothing to tell its customer.")
