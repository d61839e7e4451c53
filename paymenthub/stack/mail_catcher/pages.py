"""The inbox page: a list, and each mail as HTML, text and source. What a mail holds is shown, and never run."""

from datetime import UTC, datetime
from email.message import EmailMessage
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import jinja2

from .box import Box, Caught

_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'"
# A mail's own HTML: no script, no form, nothing from elsewhere, and an origin of its own even when opened alone.
_MAIL_POLICY = (
    "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
_PAGES = jinja2.Environment(
    autoescape=True, loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"), trim_blocks=True
)


def handler_for(box: Box) -> type[BaseHTTPRequestHandler]:
    """Make the handler that shows a box."""

    class Handler(_Handler):
        mails = box

    return Handler


class _Handler(BaseHTTPRequestHandler):
    mails: Box

    def do_GET(self) -> None:
        parts = [part for part in urlsplit(self.path).path.split("/") if part]
        # A name that leads to loopback must not let another site's page read this.
        if (self.headers.get("Host") or "").rpartition(":")[0] not in ("127.0.0.1", "localhost"):
            self._say(HTTPStatus.FORBIDDEN, "text/plain", b"Open this by 127.0.0.1.")
        elif not parts:
            self._list()
        else:
            self._mail(parts)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: the list is the log."""

    def _list(self) -> None:
        rows = [_row(mail) for name in self.mails.names() if (mail := self.mails.get(name))]
        self._page("list.html", rows=rows)

    def _mail(self, parts: list[str]) -> None:
        mail = self.mails.get(parts[0])
        what = parts[1] if len(parts) > 1 else ""
        if mail is None:
            self._say(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"There is no such mail.")
        elif what == "html":
            self._say(HTTPStatus.OK, "text/html; charset=utf-8", (mail.body("html") or "").encode(), _MAIL_POLICY)
        elif what == "source":
            self._say(HTTPStatus.OK, "text/plain; charset=utf-8", mail.source)
        elif what == "file" and len(parts) == 3 and parts[2].isdecimal():
            self._file(mail, int(parts[2]))
        else:
            html, text = mail.body("html"), mail.body("plain")
            show = what if what in ("text",) or html is None else "html"
            files = list(enumerate(_file_name(part) for part in mail.attachments()))
            headers = [(name, str(value)) for name, value in mail.message.items() if name.lower() in _SHOWN]
            row = _row(mail)
            self._page(
                "mail.html", row=row, has_html=html is not None, text=text, show=show, files=files, headers=headers
            )

    def _file(self, mail: Caught, number: int) -> None:
        files = mail.attachments()
        if number >= len(files):
            self._say(HTTPStatus.NOT_FOUND, "text/plain", b"There is no such file.")
            return
        data = files[number].get_payload(decode=True)
        name = quote(_file_name(files[number]))
        self._say(
            HTTPStatus.OK,
            "application/octet-stream",
            data if isinstance(data, bytes) else b"",
            disposition=f"attachment; filename*=UTF-8''{name}",
        )

    def _page(self, template: str, **values: Any) -> None:
        text = _PAGES.get_template(template).render(**values)
        self._say(HTTPStatus.OK, "text/html; charset=utf-8", text.encode())

    def _say(
        self, status: HTTPStatus, kind: str, body: bytes, policy: str = _PAGE_POLICY, disposition: str = ""
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        if disposition:
            self.send_header("Content-Disposition", disposition)
        self.end_headers()
        self.wfile.write(body)


_SHOWN = frozenset({"from", "to", "cc", "reply-to", "date", "message-id", "subject"})


def _row(mail: Caught) -> dict[str, Any]:
    at = datetime.fromtimestamp(int(mail.name.partition("-")[0]) / 1e9, UTC)
    return {
        "name": mail.name,
        "subject": mail.subject,
        "sender": str(mail.message.get("From", "")),
        "to": ", ".join(mail.recipients),
        "at": f"{at:%Y-%m-%d %H:%M:%S}",
        "files": len(mail.attachments()),
    }


def _file_name(part: EmailMessage) -> str:
    return part.get_filename() or "file"
