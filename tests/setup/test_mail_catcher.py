"""The inbox of the local stack: what it catches, and that it runs nothing of it."""

import http.client
import json
import smtplib
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from paymenthub.stack.mail_catcher.box import Box, Catcher
from paymenthub.stack.mail_catcher.pages import handler_for
from tests.payments.notifications.server import free_port

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path / "mails")


@pytest.fixture
def port(box: Box) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(box))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def get(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": f"{host}:{port}"})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def make() -> bytes:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = f"Ciao {HOSTILE}", "a@b.example", "ada@example.com"
    mail.set_content(f"text {HOSTILE}")
    mail.add_alternative(f"<p>html {HOSTILE}</p>", subtype="html")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename='in"voice.pdf')
    return mail.as_bytes()


def test_a_mail_is_caught_over_smtp_and_kept_for_its_owner_only(box: Box, tmp_path: Path) -> None:
    controller = Controller(Catcher(box), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        with smtplib.SMTP("127.0.0.1", controller.port) as client:
            client.sendmail("a@b.example", ["ada@example.com", "hidden@example.com"], make())
    finally:
        controller.stop()
    (name,) = box.names()
    caught = box.get(name)
    assert caught is not None
    assert caught.recipients == ("ada@example.com", "hidden@example.com")
    assert (tmp_path / "mails").stat().st_mode & 0o077 == 0


def test_the_pages_show_a_mail_and_run_nothing_of_it(box: Box, port: int) -> None:
    box.put(["ada@example.com"], make())
    (name,) = box.names()

    status, headers, text = get(port, "/")
    assert (status, HOSTILE in text) == (200, False)
    assert "Ciao &lt;script&gt;" in text
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "script-src" not in headers["Content-Security-Policy"]

    _, headers, text = get(port, f"/{name}")
    assert 'iframe sandbox="allow-popups"' in text
    assert HOSTILE not in text
    _, headers, text = get(port, f"/{name}/html")
    assert HOSTILE in text
    assert headers["Content-Security-Policy"].startswith("sandbox allow-popups; default-src 'none'")
    assert "text &lt;script&gt;" in get(port, f"/{name}/text")[2]
    assert get(port, f"/{name}/source")[1]["Content-Type"].startswith("text/plain")
    status, headers, text = get(port, f"/{name}/file/0")
    assert (headers["Content-Disposition"], text) == ("attachment; filename*=UTF-8''in%22voice.pdf", "%PDF")


@pytest.mark.parametrize("path", ["/nothing", "/..%2f..%2fetc", "/1-abcdef", "/1-abcdef/file/0"])
def test_what_is_not_there_is_not_found(port: int, path: str) -> None:
    assert get(port, path)[0] == 404


def test_another_sites_name_for_loopback_is_refused(port: int) -> None:
    assert get(port, "/", host="evil.example")[0] == 403


def test_the_oldest_mails_are_forgotten(box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paymenthub.stack.mail_catcher.box._MOST_MAILS", 2)
    for number in range(3):
        box.put([f"a{number}@example.com"], make())
    kept = [json.loads((tmp_path / "mails" / f"{name}.json").read_text()) for name in box.names()]
    assert kept == [["a2@example.com"], ["a1@example.com"]]
