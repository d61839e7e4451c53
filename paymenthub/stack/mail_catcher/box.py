"""The caught mails: one file each, the newest kept."""

import email
import email.policy
import json
import os
import re
import threading
import time
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

MOST_BYTES = 12 * 1024 * 1024
_MOST_MAILS = 300
_NAME = re.compile(r"[0-9]{1,20}-[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Caught:
    """One mail as it came. `recipients` are the envelope's: bcc stands there and in no header."""

    name: str
    recipients: tuple[str, ...]
    source: bytes
    message: EmailMessage

    @property
    def subject(self) -> str:
        """The subject, readable."""
        return str(self.message.get("Subject", "")) or "(no subject)"

    def body(self, kind: str) -> str | None:
        """Return the text (`plain`) or the HTML (`html`); None where there is none."""
        part = self.message.get_body(preferencelist=(kind,))
        return part.get_content() if isinstance(part, EmailMessage) else None

    def attachments(self) -> list[EmailMessage]:
        """Return the attached files."""
        return [part for part in self.message.iter_attachments() if isinstance(part, EmailMessage)]


class Box:
    """A folder of mails. Names sort by time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, recipients: list[str], content: bytes) -> None:
        """Keep a mail, and forget the oldest where there are too many."""
        name = f"{time.time_ns()}-{os.urandom(3).hex()}"
        with self._guard:
            (self._folder / f"{name}.json").write_text(json.dumps(recipients))
            (self._folder / f"{name}.eml").write_bytes(content)
            for old in self.names()[_MOST_MAILS:]:
                (self._folder / f"{old}.eml").unlink(missing_ok=True)
                (self._folder / f"{old}.json").unlink(missing_ok=True)

    def names(self) -> list[str]:
        """List the mails, newest first."""
        return sorted((file.stem for file in self._folder.glob("*.eml")), key=_age, reverse=True)

    def get(self, name: str) -> Caught | None:
        """Read one mail; None where there is none of that name."""
        if not _NAME.fullmatch(name):
            return None
        try:
            source = (self._folder / f"{name}.eml").read_bytes()
            recipients = json.loads((self._folder / f"{name}.json").read_text())
        except FileNotFoundError:
            return None
        message = email.message_from_bytes(source, policy=email.policy.default)
        return Caught(name, tuple(recipients), source, message)


class Catcher:
    """What aiosmtpd asks: it takes everything."""

    def __init__(self, box: Box) -> None:
        self._box = box

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep a mail."""
        content = envelope.original_content or b""
        self._box.put([str(recipient) for recipient in envelope.rcpt_tos], content)
        return "250 Kept"


def _age(name: str) -> int:
    return int(name.partition("-")[0])
