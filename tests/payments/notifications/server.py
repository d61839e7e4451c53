"""A mail server on loopback that answers as a test tells it to."""

import email
import email.policy
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

DROP = "drop"


@dataclass
class MailServer:
    """`answers`: what it says after DATA, in order, the last one for ever; DROP keeps the mail and hangs up."""

    answers: list[str] = field(default_factory=lambda: ["250 OK"])
    refuse: dict[str, str] = field(default_factory=dict)
    kept: list[tuple[list[str], bytes]] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == DROP or answer.startswith("250"):
            self.kept.append((list(envelope.rcpt_tos), envelope.original_content))
        if answer == DROP:
            server.transport.abort()
        return answer

    def mails(self) -> list[EmailMessage]:
        return [email.message_from_bytes(raw, policy=email.policy.default) for _, raw in self.kept]

    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.mails()]


@contextmanager
def running() -> Iterator[MailServer]:
    server = MailServer()
    controller = Controller(server, hostname="127.0.0.1", port=0, ready_timeout=10)
    controller.port = free_port()
    controller.start()
    server.port = controller.port
    try:
        yield server
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
