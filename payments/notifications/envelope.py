"""What a mail holds, sealed: recipients, subject, texts and attachments. Its row alone can open it."""

import base64
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from email import encoders
from email.mime.base import MIMEBase
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from paymenthub.kernel.crypto import SealBroken
from payments.models import Mail
from payments.selectors.keyring import ring


@dataclass(frozen=True, slots=True)
class Attached:
    """One file. `content_id` is what HTML names it by (`cid:`)."""

    name: str
    content_type: str
    data: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that goes to the mail server, but for the Message-ID."""

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str = ""
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: str = ""
    attachments: tuple[Attached, ...] = ()


class ContentGone(Exception):
    """The content was erased, or cannot be opened with the keys that there are."""


def seal(mail_id: UUID, content: Content) -> str:
    """Return the content sealed for the row of that id."""
    plain = asdict(content)
    for file in plain["attachments"]:
        file["data"] = base64.b64encode(file["data"]).decode()
    return ring().seal(json.dumps(plain, ensure_ascii=False).encode(), context=_context(mail_id))


def unseal(mail: Mail) -> Content:
    """Return a mail's content. Raises ContentGone."""
    if not mail.content_sealed:
        raise ContentGone("The content was erased.")
    try:
        plain = json.loads(ring().open(mail.content_sealed, context=_context(mail.pk)))
    except SealBroken as error:
        raise ContentGone(str(error)) from None
    files = tuple(Attached(**{**file, "data": base64.b64decode(file["data"])}) for file in plain.pop("attachments"))
    for name in ("to", "cc", "bcc"):
        plain[name] = tuple(plain[name])
    return Content(**plain, attachments=files)


def message_id(mail_id: UUID) -> str:
    """Return the Message-ID: the same in every try, and nobody else's."""
    host = settings.MAIL_MESSAGE_ID_HOST or urlsplit(settings.HUB_PUBLIC_URL).hostname or "localhost"
    return f"<{mail_id.hex}@{host}>"


def message(
    mail: Mail, content: Content, attachments: Iterable[Attached], connection: BaseEmailBackend | None = None
) -> EmailMultiAlternatives:
    """Build what is given to the backend."""
    headers = {"Message-ID": message_id(mail.pk), "Auto-Submitted": "auto-generated"}
    built = EmailMultiAlternatives(
        subject=content.subject,
        body=content.text,
        from_email=content.sender,
        to=list(content.to),
        cc=list(content.cc),
        bcc=list(content.bcc),
        reply_to=[content.reply_to] if content.reply_to else None,
        headers=headers,
        connection=connection or get_connection(),
    )
    if content.html:
        built.attach_alternative(content.html, "text/html")
    for file in attachments:
        built.attach(_part(file))
    return built


def _part(file: Attached) -> MIMEBase:
    kind, _, detail = file.content_type.partition("/")
    part = MIMEBase(kind or "application", detail or "octet-stream")
    part.set_payload(file.data)
    encoders.encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=file.name)
    if file.content_id:
        part.add_header("Content-ID", f"<{file.content_id}>")
    return part


def _context(mail_id: UUID) -> bytes:
    return b"mail-content:" + mail_id.bytes
