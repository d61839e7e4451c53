"""What an order system sends to have a mail sent: the published bodies, as JSON or as a form with files."""

import hashlib
import re
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from msgspec import Meta
from rest_framework.parsers import BaseParser, MultiPartParser

from paymenthub.kernel.errors import Forbidden, InvalidField, MalformedRequest, PayloadTooLarge
from paymenthub.kernel.strict_json import read_object
from payments.api.typed import read, refuse_card_numbers
from payments.notifications.addressing import check_address
from payments.notifications.envelope import Attached, Content
from payments.notifications.profile import Profile

MOST_RECIPIENTS = 50
MOST_FILES = 10
_LONGEST_SUBJECT = 500
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,60}")
_CID = re.compile(r"[A-Za-z0-9._%+-]{1,64}(?:@[A-Za-z0-9.-]{1,128})?")
_NEVER_TYPES = ("multipart/", "message/")

Address = Annotated[str, Meta(min_length=3, max_length=320, examples=["ada@example.com"])]
Addresses = Annotated[list[Address], Meta(max_length=MOST_RECIPIENTS)]
Body = Annotated[str, Meta(max_length=1_000_000)]


class SendBody(msgspec.Struct, rename="camel", kw_only=True):
    """A mail. `sender` and `from` are two names of one field: exactly one is given."""

    recipient: Annotated[
        Address | Annotated[list[Address], Meta(min_length=1, max_length=MOST_RECIPIENTS)],
        Meta(description="One address, or several."),
    ]
    subject: Annotated[str, Meta(min_length=1, max_length=_LONGEST_SUBJECT, description="One line.")]
    sender: Annotated[Address | None, Meta(description="Of a domain that the project may send from.")] = None
    from_: Address | None = msgspec.field(default=None, name="from")
    cc: Addresses = msgspec.field(default_factory=list)
    bcc: Addresses = msgspec.field(default_factory=list)
    message: Annotated[Body, Meta(description="The plain text.")] = ""
    html_message: Annotated[Body, Meta(description="The HTML; an attachment stands in it as `cid:…`.")] = ""


class MailParser(MultiPartParser):
    """Read a form of at most MAIL_MAX_BYTES, each file kept in memory: nothing unsealed reaches a disk."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return fields and files. Raises PayloadTooLarge, MalformedRequest."""
        request = (parser_context or {})["request"]
        check_length(request)
        try:
            return super().parse(stream, media_type, parser_context)
        except SuspiciousOperation:
            raise PayloadTooLarge("The form's fields are too many, or too long: send them as JSON.") from None


class MailJSONParser(BaseParser):
    """Read a JSON object of at most MAIL_MAX_BYTES."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the object. Raises PayloadTooLarge, MalformedRequest."""
        raw = stream.read(settings.MAIL_MAX_BYTES + 1)
        if len(raw) > settings.MAIL_MAX_BYTES:
            raise PayloadTooLarge(f"The body may have {settings.MAIL_MAX_BYTES} bytes at most.")
        return read_object(raw)


def check_length(request: Any) -> None:
    """Refuse a body that says it is too long, before it is read. Raises PayloadTooLarge, MalformedRequest."""
    length = str(request.META.get("CONTENT_LENGTH") or "")
    if not length.isdecimal():
        raise MalformedRequest("A form needs the header Content-Length.")
    if int(length) > settings.MAIL_MAX_BYTES:
        raise PayloadTooLarge(f"The body may have {settings.MAIL_MAX_BYTES} bytes at most.")


def read_send(data: Any, profile: Profile) -> Content:
    """Read and check a mail. Raises InvalidField, Unprocessable, Forbidden for a sender of another domain."""
    fields = _of_form(data) if isinstance(data, QueryDict) else data
    body = read(fields, SendBody)
    if (body.sender is None) == (body.from_ is None):
        raise InvalidField("Give one of sender and from, and not both.", param="sender")
    sender = check_address(body.sender or body.from_ or "", param="sender" if body.sender else "from")
    if not profile.may_send_from(sender):
        raise Forbidden("This project may not send mails from that domain.", param="sender")
    to = body.recipient if isinstance(body.recipient, list) else [body.recipient]
    if len(to) + len(body.cc) + len(body.bcc) > MOST_RECIPIENTS:
        raise InvalidField(f"At most {MOST_RECIPIENTS} recipients in all.", param="recipient")
    if not body.subject.isprintable() or not body.subject.strip():
        raise InvalidField("The subject is one printable line.", param="subject")
    if not body.message and not body.html_message:
        raise InvalidField("Give message, htmlMessage, or both.", param="message")
    for param in ("subject", "message", "html_message"):
        refuse_card_numbers(getattr(body, param), param="htmlMessage" if param == "html_message" else param)
    return Content(
        sender=sender,
        to=tuple(check_address(text, param="recipient") for text in to),
        cc=tuple(check_address(text, param="cc") for text in body.cc),
        bcc=tuple(check_address(text, param="bcc") for text in body.bcc),
        subject=body.subject,
        text=body.message,
        html=body.html_message,
        attachments=tuple(_files(data)),
    )


def content_digest(content: Content) -> str:
    """Return a fingerprint of everything that a mail holds."""
    return hashlib.sha256(repr(content).encode()).hexdigest()


def _of_form(form: QueryDict) -> dict[str, Any]:
    """Read a form as the JSON body: a name that stands several times is a list."""
    found: dict[str, Any] = {}
    for name in ("sender", "from", "subject", "message", "htmlMessage"):
        values = _texts(form, name)
        if len(values) > 1:
            raise InvalidField("This stands more than once.", param=name)
        if values:
            found[name] = values[0]
    for name in ("recipient", "cc", "bcc"):
        values = [*_texts(form, name), *_texts(form, f"{name}[]")]
        if values:
            found[name] = values
    return found


def _texts(form: QueryDict, name: str) -> list[str]:
    values = [value for value in form.getlist(name) if isinstance(value, str)]
    if any("\x00" in value for value in values):
        raise MalformedRequest("A text holds the character NUL.", param=name)
    return values


def _files(data: Any) -> Iterator[Attached]:
    if not isinstance(data, QueryDict):
        return
    found = [(part, file) for part, files in data.lists() for file in files if isinstance(file, UploadedFile)]
    if len(found) > MOST_FILES:
        raise InvalidField(f"At most {MOST_FILES} files.", param="attachments")
    for part, file in found:
        name = str(file.name or part)
        if not name.isprintable() or len(name) > 255 or '"' in name:
            raise InvalidField("A file's name is one printable line of at most 255 characters.", param=part[:64])
        content_type = str(file.content_type or "application/octet-stream").lower()
        if not _TYPE.fullmatch(content_type) or content_type.startswith(_NEVER_TYPES):
            raise InvalidField("This content type cannot be attached.", param=part[:64])
        # The part's name is the Content-ID where it can be one, so that htmlMessage can show the file.
        yield Attached(name, content_type, file.read(), part if _CID.fullmatch(part) else f"file{len(part)}")
