"""SMTP: Django's backend, which also says whom the server refused while it took the mail for others."""

import smtplib
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend as DjangoBackend
from django.core.mail.message import sanitize_address

from payments.notifications.addressing import split


class EmailBackend(DjangoBackend):
    """Send over SMTP. `refused` holds the recipients of the last mail that the server did not take, with its code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refused: dict[str, tuple[int, bytes]] = {}

    def close(self) -> None:
        """End the conversation; what a server says after it has taken the mail changes nothing."""
        try:
            super().close()
        except (OSError, smtplib.SMTPException):
            self.connection = None

    def _send(self, email_message: EmailMessage) -> bool:
        encoding = email_message.encoding or "utf-8"
        recipients = [split(sanitize_address(address, encoding))[1] for address in email_message.recipients()]
        sender = split(sanitize_address(str(email_message.from_email), encoding))[1]
        content = email_message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
        assert self.connection is not None, "send_messages opens it"  # noqa: S101 - by construction
        self.refused = self.connection.sendmail(sender, recipients, content)
        return True
