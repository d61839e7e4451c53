"""POST /send and POST /send/split-recipients."""

import dataclasses
import hashlib
from typing import Any, ClassVar

from django.core.files.uploadhandler import MemoryFileUploadHandler
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors, ids
from payments.api import idempotent
from payments.api.hub.access import MAY_ACT
from payments.api.idempotency_header import key_of
from payments.api.schema import Operation, documented
from payments.api.throttling import KeyAndPathThrottle
from payments.api.views import HubAPIView, caller
from payments.models import MailAudience
from payments.notifications.envelope import Content
from payments.notifications.profile import is_configured, profile_of
from payments.notifications.queue import About, Key, queue

from .requests import MOST_FILES, MOST_RECIPIENTS, MailJSONParser, MailParser, SendBody, content_digest, read_send

_EXAMPLE = {
    "recipient": ["ada@example.com"],
    "sender": "Bottega Aurora <shop@aurora.example>",
    "subject": "Your order is on its way",
    "message": "It left our house today.",
    "htmlMessage": "<p>It left our house today.</p>",
}
_ERRORS = (
    errors.MalformedRequest, errors.InvalidField, errors.PayloadTooLarge, errors.UnsupportedMediaType,
    errors.Unprocessable, errors.UnsupportedOperation, errors.Busy,
)  # fmt: skip


class MailThrottle(KeyAndPathThrottle):
    """Let MAIL_RATE_LIMIT requests through."""

    setting = "MAIL_RATE_LIMIT"


class _InMemory(MemoryFileUploadHandler):
    """Keep every file in memory: the request's size is bounded before."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True


class _Sending(HubAPIView):
    """What both have in common."""

    required_scopes = {"POST": MAY_ACT}
    throttle_classes = [MailThrottle]
    parser_classes = [MailJSONParser, MailParser]
    split: ClassVar[bool]

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        """Take files into memory only."""
        request.upload_handlers = [_InMemory(request)]
        return super().initialize_request(request, *args, **kwargs)

    def send(self, request: Request) -> Response:
        """Write the mails down; they are sent after that."""
        key = caller(request)
        profile = profile_of(key.project.id)
        content = read_send(request.data, profile)
        if not is_configured():
            raise errors.UnsupportedOperation("This installation has no mail server: set EMAIL_HOST.")
        digest = content_digest(content)

        def work() -> None:
            given = key_of(request) or ""
            # Under an Idempotency-Key the same request is the same mails, whatever else fails.
            object_id = hashlib.sha256(
                f"{key.project.id.hex}:{key.mode}:{given}:{digest}".encode() if given else ids.new_uuid().bytes
            ).hexdigest()
            about = About(project=key.project, mode=key.mode, audience=MailAudience.API)
            for number, one in enumerate(self._mails(content), start=1):
                queue(Key(event="api", object_id=object_id, version=str(number)), about, one)

        return idempotent.perform_at_once(request, work, content=digest)

    def _mails(self, content: Content) -> list[Content]:
        if not self.split:
            return [content]
        return [dataclasses.replace(content, to=(recipient,)) for recipient in content.to]


class SendView(_Sending):
    """Send one mail."""

    split = False

    @documented(
        Operation(
            id="send_mail",
            summary="Send a mail",
            description=(
                "Sends one mail to all recipients. 200 with an empty body means that it is kept and will be sent; it is "
                "tried for a day. As `multipart/form-data` the same fields are form fields and every file part is attached, its "
                f"part's name being its Content-ID. At most {MOST_RECIPIENTS} recipients and {MOST_FILES} files; the sender's "
                "domain must be one that the project may use."
            ),
            tag="Mails",
            request=SendBody,
            response=None,
            request_examples={"text_and_html": _EXAMPLE},
            errors=_ERRORS,
        )
    )
    def post(self, request: Request) -> Response:
        """Send it."""
        return self.send(request)


class SplitView(_Sending):
    """Send one mail to each recipient."""

    split = True

    @documented(
        Operation(
            id="send_mail_split",
            summary="Send a mail to each recipient",
            description="As `POST /send`, but each recipient gets a mail of their own; cc and bcc stand in each of them.",
            tag="Mails",
            request=SendBody,
            response=None,
            request_examples={"text_and_html": _EXAMPLE},
            errors=_ERRORS,
        )
    )
    def post(self, request: Request) -> Response:
        """Send them."""
        return self.send(request)
