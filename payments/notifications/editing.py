"""Change a project's templates and mail settings, and send tests: each with its row in the audit trail."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError

from paymenthub.kernel import db, ids
from paymenthub.kernel.errors import Conflict, InvalidField, UnsupportedOperation
from payments.models import AuditAction, AuditOutcome, Mail, MailAudience, MailProfile, MailTemplate, Mode, Project
from payments.notifications.addressing import check_address, usable
from payments.notifications.compose import Composed, render
from payments.notifications.envelope import Content
from payments.notifications.events import EVENTS, LANGUAGES, MailEvent, custom_event
from payments.notifications.profile import is_configured, profile_of
from payments.notifications.queue import About, Key, queue
from payments.notifications.samples import sample_facts
from payments.notifications.sandbox import TemplateRefused
from payments.notifications.texts import Source
from payments.services.audit import Draft, FormClaim

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_MOST_ADDRESSES = 20


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, from where, and why."""

    actor: str
    address: str | None
    note: str


def event_named(name: str) -> MailEvent:
    """Return a mail by its name; another name is a mail of the project's own. Raises InvalidField."""
    if name in EVENTS:
        return EVENTS[name]
    if not _NAME.fullmatch(name):
        raise InvalidField("A mail's name has letters, digits and `_.-`, 64 at most.", param="event")
    return custom_event(name)


def preview(*, project: Project, event: str, language: str, source: Source) -> Composed:
    """Render a template with made-up facts. Raises InvalidField that says what is wrong with it."""
    facts = sample_facts(event_named(event), language, shop_name=project.name, zone=project.timezone)
    try:
        return render(facts, source)
    except TemplateRefused as refused:
        raise InvalidField(str(refused), param="template") from None


def save_template(
    *, project: Project, event: str, language: str, source: Source | None, based_on: int, by: By
) -> MailTemplate:
    """Keep a new version of a template; None goes back to the hub's own. `based_on` is the version that was edited.

    Raises InvalidField, or Conflict where somebody has saved another version since.
    """
    if language not in LANGUAGES:
        raise InvalidField(f"Languages are: {', '.join(LANGUAGES)}.", param="language")
    event_named(event)
    if source is not None:
        if not source.html.strip() or not source.text.strip():
            raise InvalidField("HTML and text are both needed.", param="html")
        preview(project=project, event=event, language=language, source=source)
    row = MailTemplate(
        project=project,
        event=event,
        language=language,
        number=based_on + 1,
        subject=source.subject if source else "",
        html=source.html if source else "",
        text=source.text if source else "",
        author=by.actor[:128],
        note=by.note[:500],
    )
    newest = _newest(row)
    if newest != based_on:
        raise Conflict(f"Version {newest} was saved meanwhile. Look at it before you write over it.")
    try:
        with db.durable():
            row.save(force_insert=True)
            said = f"{event} ({language}), version {row.number}{'' if source else ': the hub’s own again'}."
            _audit(AuditAction.EDIT_TEMPLATE, row, project, by, said)
    except IntegrityError:
        raise Conflict("Another version was saved at this moment. Look at it before you write over it.") from None
    return row


def send_test(*, project: Project, event: str, language: str, source: Source, to: str, by: By) -> Mail:
    """Send a template with made-up facts to the person who asks. Raises InvalidField, UnsupportedOperation."""
    address = usable(to)
    if not address:
        raise InvalidField("Your user has no mail address: it is set on your user's page.", param="to")
    profile = profile_of(project.id)
    if not is_configured() or not profile.sender:
        raise UnsupportedOperation("No mail server or no sender is set: EMAIL_HOST and EMAIL_FROM.")
    made = preview(project=project, event=event, language=language, source=source)
    key = Key(event=event, object_id=ids.new_uuid().hex, version="test")
    content = Content(
        sender=profile.sender, to=(address,), subject=f"[Test] {made.subject}"[:250], text=made.text, html=made.html
    )
    with db.durable():
        about = About(project=project, mode=Mode.TEST, audience=MailAudience.STAFF)
        mail = queue(key, about, content, language=language, template="a draft")
        _audit(AuditAction.TEST_MAIL, mail, project, by, f"{event} ({language}) to {mail.recipients_shown}.")
    return mail


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChange:
    """What a project's mail settings are to be."""

    sender: str
    reply_to: str
    language: str
    customer_mails: bool
    events_off: Sequence[str]
    staff_to: Sequence[str]
    sender_domains: Sequence[str]


def save_profile(*, project: Project, change: ProfileChange, by: By) -> MailProfile:
    """Change a project's mail settings. Raises InvalidField."""
    if change.language and change.language not in LANGUAGES:
        raise InvalidField(f"Languages are: {', '.join(LANGUAGES)}.", param="language")
    if len(change.staff_to) > _MOST_ADDRESSES or len(change.sender_domains) > _MOST_ADDRESSES:
        raise InvalidField(f"At most {_MOST_ADDRESSES}.", param="staff_to")
    domains = [domain.strip().lower() for domain in change.sender_domains]
    for domain in domains:
        if not _DOMAIN.fullmatch(domain):
            raise InvalidField(f"«{domain[:60]}» is no domain.", param="sender_domains")
    values = {
        "sender": check_address(change.sender, param="sender") if change.sender else "",
        "reply_to": check_address(change.reply_to, param="reply_to") if change.reply_to else "",
        "language": change.language,
        "customer_mails": change.customer_mails,
        "events_off": [name for name in change.events_off if name in EVENTS],
        "staff_to": [check_address(text, param="staff_to") for text in change.staff_to],
        "sender_domains": domains,
    }
    with db.durable():
        row, _ = MailProfile.objects.update_or_create(project=project, defaults=values)
        _audit(AuditAction.MAIL_PROFILE, row, project, by, "The mail settings were changed.")
    return row


def _newest(row: MailTemplate) -> int:
    same = MailTemplate.objects.filter(project=row.project, event=row.event, language=row.language)
    return same.order_by("-number").values_list("number", flat=True).first() or 0


def _audit(action: AuditAction, row: MailTemplate | MailProfile | Mail, project: Project, by: By, message: str) -> None:
    # A row of its own for each deed: nothing here is done once per form.
    draft = Draft(
        action=action,
        project=project,
        object_id=ids.new_uuid(),
        number=1,
        actor=by.actor,
        address=by.address,
        note=by.note,
    )
    claim = FormClaim(draft, {})
    claim.take(None)
    claim.finish(AuditOutcome.OK, message, details={"row": str(row.pk)})
