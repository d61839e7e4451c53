"""Carry out the `notify` commands of sagas: which mail a label means, and whether it is sent."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from payments.domain.attempt import MovementKind
from payments.models import Mail, MailAudience, MailChannel, MailState, MailTemplate, Payment, Project
from payments.notifications import facts, sms
from payments.notifications.addressing import usable
from payments.notifications.compose import Facts, compose
from payments.notifications.envelope import Content
from payments.notifications.events import EVENTS, LANGUAGES, event_of_label
from payments.notifications.profile import Profile, is_configured, profile_of
from payments.notifications.queue import About, Key, queue, skip
from payments.notifications.sandbox import TemplateRefused
from payments.notifications.texts import Source
from payments.saga.handlers import StepAnswer, StepCommand
from payments.selectors.saga_metadata import metadata_of

SENT, FAILED = "notificationSent", "notificationFailed"
_ANSWERED_LATER = StepAnswer()


def handle(command: StepCommand) -> StepAnswer:
    """Do what a saga's `notify` command asks for; the saga hears how it ended once the mail server has spoken.

    A side effect whose mail is not to be sent answers nothing; a state's own command always gets an answer.
    """
    mails = notify(payment_id=command.payment_id, label=command.label, command_id=command.id, metadata=command.metadata)
    if command.is_side_effect or any(mail.state == MailState.DUE for mail in mails):
        return _ANSWERED_LATER
    if any(mail.state == MailState.SENT for mail in mails):
        return StepAnswer(SENT)
    return StepAnswer(FAILED, {"notificationError": mails[0].reason if mails else "mails are not set up"})


def notify(*, payment_id: UUID, label: str, command_id: UUID, metadata: Mapping[str, Any] | None = None) -> list[Mail]:
    """Write the mails that a label means for a payment, once per news; none where mails are not set up at all."""
    payment = Payment.objects.select_related("project").get(pk=payment_id)
    profile = profile_of(payment.project_id)
    event = event_of_label(label)
    if not is_configured() or not profile.sender:
        return []
    known = metadata if metadata is not None else metadata_of(payment)
    key_version = _version(payment, event, command_id, known)
    about = About(
        project=payment.project,
        mode=payment.mode,
        audience=MailAudience.CUSTOMER,
        payment=payment,
        answer_to=f"own:{payment.id.hex}",
    )
    said = facts.of_payment(payment, event, {**known, "refundDetails": _refunds(payment)}, profile)
    reason = _why_not(payment, event, said, profile)
    address = usable(facts.text_in(payment.buyer, "email"))
    return [
        write_mail(
            Key(event=event, object_id=payment.id.hex, version=key_version, channel=channel),
            about,
            said,
            profile,
            address,
            reason,
        )
        for channel in channels_of(payment.additional_data)
    ]


def notify_elsewhere(
    *,
    project: Project,
    mode: str,
    saga_key: str,
    label: str,
    payload: Mapping[str, Any],
    buyer: Mapping[str, Any],
    channels: Sequence[str],
) -> list[Mail]:
    """Write the mails that an outside Flow Manager asks for, from the metadata that it sends along."""
    profile = profile_of(project.id)
    event = event_of_label(label)
    said = facts.of_saga(payload, event, project, profile, is_test=mode == "test")
    object_id = hashlib.sha256(f"{project.id.hex}:{mode}:{saga_key}".encode()).hexdigest()
    news = [event, sorted((name, str(value)) for name, value in said.values.items() if name != "date"), said.link]
    version = hashlib.sha256(repr(news).encode()).hexdigest()
    about = About(project=project, mode=mode, audience=MailAudience.CUSTOMER, answer_to=f"fm:{saga_key}")
    reason = "" if is_configured() and profile.sender else "mails_not_set_up"
    reason = reason or ("switched_off" if event in profile.events_off or not profile.customer_mails else "")
    if not reason and facts.text_in(payload, "provider").lower() in settings.EMAIL_DISABLED_PROVIDERS:
        reason = "provider_sends_its_own"
    address = usable(facts.text_in(buyer, "email"))
    return [
        write_mail(
            Key(event=event, object_id=object_id, version=version, channel=MailChannel(channel)),
            about,
            said,
            profile,
            address,
            reason,
        )
        for channel in channels
        if channel in MailChannel.values
    ]


def channels_of(additional_data: Mapping[str, Any]) -> list[MailChannel]:
    """Return by which ways a customer is told: what the order system asks for, e-mail where it says nothing."""
    wanted = additional_data.get("notificationChannels")
    if not isinstance(wanted, list):
        return [MailChannel.EMAIL]
    return [channel for channel in MailChannel if channel.value in wanted]


def own_source(project: Project, event: str, language: str) -> tuple[Source | None, int]:
    """Return the project's own template and its number; (None, 0) where the hub's is used."""
    row = MailTemplate.objects.filter(project=project, event=event, language=language).order_by("-number").first()
    if row is None or not row.html:
        return None, 0
    return Source(row.subject, row.html, row.text), row.number


def write_mail(key: Key, about: About, said: Facts, profile: Profile, address: str, reason: str) -> Mail:
    """Write a mail to a customer, or why there is none: `reason`, or no address."""
    if key.channel is MailChannel.SMS:
        installed = ", ".join(sms.installed())
        return skip(key, about, f"no way to send with {installed}" if installed else "no_sms_backend")
    if not address and not reason:
        reason = "buyer_without_address"
    if reason:
        return skip(key, about, reason)
    source, number = own_source(about.project, said.event.name, said.language)
    if source is None and said.event.name not in EVENTS:
        # A mail that only the project knows may be written in one language only.
        source, number = _in_any_language(about.project, said.event.name)
    try:
        made = compose(said, source)
    except TemplateRefused as refused:
        return skip(key, about, f"no_template: {refused}")
    used = f"project, version {number}" if number else "hub"
    if made.note:
        used = f"hub; the project's version {number} failed: {made.note}"
    content = Content(
        sender=profile.sender,
        to=(address,),
        subject=made.subject,
        text=made.text,
        html=made.html,
        reply_to=profile.reply_to,
    )
    return queue(key, about, content, language=said.language, template=used)


def _in_any_language(project: Project, event: str) -> tuple[Source | None, int]:
    for language in LANGUAGES:
        source, number = own_source(project, event, language)
        if source is not None:
            return source, number
    return None, 0


def _why_not(payment: Payment, event: str, said: Facts, profile: Profile) -> str:
    if not profile.customer_mails or event in profile.events_off:
        return "switched_off"
    if payment.provider in settings.EMAIL_DISABLED_PROVIDERS:
        return "provider_sends_its_own"
    if event == "payment_failed" and (payment.subscription_period or 0) > 1:
        return "its_subscription_tells"  # one message for a renewal that failed, with the link that mends it
    if event == "payment_link" and not said.link:
        return "no_link"
    return ""


def _version(payment: Payment, event: str, command_id: UUID, metadata: Mapping[str, Any]) -> str:
    """Name the news, so that a state that is entered again with nothing new sends nothing again."""
    match event:
        case "payment_paid":
            return f"captured-{payment.captured}"
        case "refund_partial" | "refund_total":
            return f"refunded-{payment.refunded_by_us + payment.refunded_elsewhere}"
        case "payment_failed":
            last = payment.attempts.order_by("-id").values_list("id", flat=True).first()
            return f"attempt-{last.hex if last else ''}"
        case "payment_link":
            return f"link-{hashlib.sha256(facts.text_in(metadata, 'link').encode()).hexdigest()[:32]}"
        case _:
            return f"command-{command_id.hex}"


def _refunds(payment: Payment) -> dict[str, Any]:
    """Return what went back, from the movements: also what went back outside of the hub."""
    kinds = (MovementKind.REFUNDED, MovementKind.REFUNDED_ELSEWHERE)
    last = payment.movements.filter(kind__in=kinds).order_by("-id").values_list("amount", flat=True).first()
    total = payment.refunded_by_us + payment.refunded_elsewhere
    return {"totalRefundedAmount": total, "refundedAmounts": [abs(last)] if last else []}
