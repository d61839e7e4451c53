"""Send a payment link by mail, because somebody asked for it."""

from dataclasses import replace

from paymenthub.kernel import ids
from paymenthub.kernel.errors import InvalidField, UnsupportedOperation, WrongState
from payments.models import Mail, MailAudience, PaymentLink
from payments.notifications import facts, writing
from payments.notifications.addressing import usable
from payments.notifications.compose import compose
from payments.notifications.envelope import Content
from payments.notifications.notify import own_source
from payments.notifications.profile import is_configured, profile_of
from payments.notifications.queue import About, Key, queue
from payments.notifications.sandbox import TemplateRefused
from payments.selectors.links import LinkStatus, status_of, url_of, uses_of

_EVENT = "payment_link"


def send_link(link: PaymentLink, *, email: str = "", locale: str = "", version: str = "") -> Mail:
    """Write the mail with a link's address down; the same `version` is the same mail.

    Raises WrongState for a link that nobody can pay any more, UnsupportedOperation where no mails are set up or the
    project sends none about links, and InvalidField without an address.
    """
    if status_of(link, uses_of(link.pk)) is not LinkStatus.OPEN:
        raise WrongState("This link has ended: nobody could pay by it.")
    profile = profile_of(link.project_id)
    if not is_configured() or not profile.sender:
        raise UnsupportedOperation("Mails are not set up here: set EMAIL_HOST and EMAIL_FROM.")
    if not profile.customer_mails or _EVENT in profile.events_off:
        raise UnsupportedOperation("This project sends no mails about payment links.")
    address = usable(email or facts.text_in(link.buyer, "email"))
    if not address:
        raise InvalidField("Give a mail address: the link's buyer has none.", param="email")
    known = {
        "amount": link.amount or link.min_amount,
        "currency": link.currency,
        "shopTransactionId": link.shop_transaction_id,
        "description": link.description,
        "additionalData": {**link.additional_data, "buyer": link.buyer},
        "link": url_of(link),
        "locale": locale or link.locale,
    }
    said = facts.of_saga(known, _EVENT, link.project, profile, is_test=link.mode == "test")
    if link.min_amount is not None and link.max_amount is not None:
        least, most = (writing.money(bound, link.currency, said.locale) for bound in (link.min_amount, link.max_amount))
        said = replace(said, values={**said.values, "amount": f"{least} – {most}"})
    source, number = own_source(link.project, _EVENT, said.language)
    try:
        made = compose(said, source)
    except TemplateRefused as refused:
        raise UnsupportedOperation(f"The project's mail about links cannot be written: {refused}") from None
    content = Content(
        sender=profile.sender,
        to=(address,),
        subject=made.subject,
        text=made.text,
        html=made.html,
        reply_to=profile.reply_to,
    )
    key = Key(event=_EVENT, object_id=link.pk.hex, version=version or ids.new_uuid().hex)
    about = About(project=link.project, mode=link.mode, audience=MailAudience.CUSTOMER)
    return queue(
        key, about, content, language=said.language, template=f"project, version {number}" if number else "hub"
    )
