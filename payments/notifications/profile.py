"""A project's mail settings, with the hub's where it has none."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from payments.models import MailProfile
from payments.notifications.addressing import domain_of

_OWN_BACKEND = "payments.notifications.smtp.EmailBackend"


@dataclass(frozen=True, slots=True)
class Profile:
    """What holds for one project. `sender` empty: it sends no mails."""

    sender: str
    reply_to: str
    language: str
    customer_mails: bool
    events_off: frozenset[str]
    staff_to: tuple[str, ...]
    sender_domains: frozenset[str]

    def may_send_from(self, address: str) -> bool:
        """Tell whether the order system may send from an address."""
        return domain_of(address) in self.sender_domains


def profile_of(project_id: UUID) -> Profile:
    """Read a project's mail settings."""
    return _profile(MailProfile.objects.filter(project_id=project_id).first() or MailProfile(project_id=project_id))


def profiles_of(project_ids: Iterable[UUID]) -> dict[UUID, Profile]:
    """Read the mail settings of several projects at once."""
    asked = list(project_ids)
    own = {row.project_id: row for row in MailProfile.objects.filter(project__in=asked)}
    return {id: _profile(own.get(id) or MailProfile(project_id=id)) for id in asked}


def _profile(own: MailProfile) -> Profile:
    sender = own.sender or str(settings.EMAIL_FROM)
    domains = {
        domain_of(sender),
        domain_of(str(settings.EMAIL_FROM)),
        *own.sender_domains,
        *settings.MAIL_SENDER_DOMAINS,
    }
    return Profile(
        sender=sender,
        reply_to=own.reply_to,
        language=own.language or str(settings.MAIL_LANGUAGE),
        customer_mails=own.customer_mails,
        events_off=frozenset(own.events_off),
        staff_to=tuple(own.staff_to or settings.MAIL_STAFF_TO),
        sender_domains=frozenset(domain.lower() for domain in domains if domain),
    )


def is_configured() -> bool:
    """Tell whether this installation has a way to send mails."""
    return bool(settings.EMAIL_HOST) or settings.EMAIL_BACKEND != _OWN_BACKEND
