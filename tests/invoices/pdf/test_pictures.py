"""What a document may load while it is rendered: its own, and nothing else."""

import io
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from types import ModuleType

import pikepdf
import pytest

pytestmark = pytest.mark.pdf


@pytest.fixture
def pictures() -> ModuleType:
    """The module; importing it needs Pango, and a run without it shall say so test by test."""
    return import_module("invoices.pdf.pictures")


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "https://shop.example/logo.png",
        "ftp://shop.example/",
        "data:text/plain,hello",
        "hub:../../etc/passwd",
        "HUB:logo.png",
        "hub:other.png",
        "",
    ],
)
def test_every_other_address_is_refused(address, pictures):
    with pytest.raises(pictures.RefusedAddress):
        pictures.OwnData({"logo.png": (b"x", "image/png")}).fetch(address)


def test_what_was_handed_in_is_answered(pictures):
    assert pictures.OwnData({"logo.png": (b"x", "image/png")}).fetch("hub:logo.png").read() == b"x"


def test_the_fonts_are_there_with_their_licence(pictures):
    assert (pictures.FONTS / "OFL.txt").is_file()
    assert pictures.fonts().fetch("hub:Inter-Regular.otf").read()[:4] == b"OTTO"


def test_a_page_that_asks_for_files_or_hosts_gets_none():
    asked = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    html = f"""<link rel=stylesheet href="{base}/a.css"><link rel=attachment href="file:///etc/passwd">
    <link rel=attachment href="{base}/b"><img src="{base}/c.png"><img src="file:///etc/passwd">
    <object data="{base}/d"></object><embed src="{base}/e"><p style="background:url({base}/f)">x</p>
    <svg xmlns="http://www.w3.org/2000/svg"><image href="{base}/g" width="9" height="9"/></svg>"""
    try:
        printed = (
            import_module("invoices.pdf.engine")
            .Engine()
            .pdf(html=html, style=f"@import url({base}/h); p{{color:red}}", pictures={}, xml=None)
        )
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []
    with pikepdf.open(io.BytesIO(printed.pdf)) as pdf:
        assert len(pdf.attachments) == 0
    assert b"root:" not in printed.pdf
