"""Logos: drawn where they are pictures, harmless in any case."""

import io
import struct
import zlib

import pytest
from lxml import etree
from PIL import Image

from invoices.pdf import logo, svg_logo
from invoices.pdf.logo import BadLogo, vet

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">%s</svg>'


def png(width: int = 40, height: int = 20) -> bytes:
    stream = io.BytesIO()
    Image.new("RGBA", (width, height), (10, 120, 60, 128)).save(stream, format="PNG", pnginfo=None)
    return stream.getvalue()


def claiming(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says it is huge."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_a_png_is_drawn_anew_and_no_wider_than_it_is_printed():
    vetted = vet(png(3000, 1000))
    assert vetted.content_type == "image/png"
    assert Image.open(io.BytesIO(vetted.body)).size == (830, 277)


def test_what_follows_the_pixels_is_gone():
    assert b"evil" not in vet(png() + b"evil").body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"GIF89a",
        b"file:///etc/passwd",
        b"https://shop.example/logo.png",
        claiming(60_000, 60_000),
        png() + b"\0" * logo.MAX_BYTES,
        b"<html><body>hello</body></html>",
        SVG.encode() + b"<",
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + (SVG % "").encode(),
        (SVG % "<g/>").encode("utf-16"),
        (SVG % ("<g>" * 100 + "</g>" * 100)).encode(),
        (SVG % ("<g/>" * 3000)).encode(),
    ],
)
def test_what_is_no_harmless_picture_is_refused(body):
    with pytest.raises(BadLogo):
        vet(body)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<image xlink:href="file:///etc/passwd"/>',
        '<image href="http://127.0.0.1/x"/>',
        '<use xlink:href="http://127.0.0.1/x#y"/>',
        '<use href="#a"/><g id="a"><use href="#a"/></g>',
        '<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="file:///etc/passwd"/></foreignObject>',
        "<style>@import url(http://127.0.0.1/x.css);</style>",
        '<rect onload="alert(1)" fill="url(http://127.0.0.1/x#y)"/>',
        '<rect style="fill: u\\72l(http://127.0.0.1/x)"/>',
        "<rect style=\"background: url( 'file:///etc/passwd' )\"/>",
        '<a xlink:href="http://127.0.0.1/"><rect/></a>',
        '<animate attributeName="href" values="http://127.0.0.1/"/>',
        "<!-- http://127.0.0.1/ --><?php http://127.0.0.1/ ?>",
        '<filter id="f"><feImage href="http://127.0.0.1/x"/></filter>',
    ],
)
def test_an_svg_loses_all_that_leads_outside_or_runs(inside):
    clean = vet((SVG % (inside + '<path d="M0 0h9v9z" fill="#fff"/>')).encode()).body
    assert b"127.0.0.1" not in clean
    assert b"passwd" not in clean
    assert b"alert" not in clean
    assert b"use" not in clean
    assert b"M0 0h9v9z" in clean


def test_an_svg_keeps_its_shapes_and_its_own_gradients():
    body = SVG % '<defs><linearGradient id="g"><stop offset="1"/></linearGradient></defs><rect fill="url(#g)"/>'
    clean = svg_logo.clean_svg(body.encode())
    assert etree.fromstring(clean)[1].get("fill") == "url(#g)"
