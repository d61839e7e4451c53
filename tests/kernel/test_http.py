import gzip
import os
import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from paymenthub.kernel import db
from paymenthub.kernel.http import (
    NetworkInsideTransaction,
    NeverSent,
    Request,
    Response,
    SentNoAnswer,
    Timeouts,
    Transport,
    UnreadableAnswer,
)
from tests.kernel.loopback import answering, hanging, ok, peer

QUICK = Timeouts(connect=1, read=1, write=1, pool=1, total=3)


@pytest.fixture
def transport():
    with Transport(QUICK, user_agent="Hub/1") as made:
        yield made


def test_answer_is_read_whole_with_status_and_headers_in_any_case(transport):
    answer = b"HTTP/1.1 402 Payment Required\r\nX-Request-Id: r1\r\nContent-Length: 2\r\n\r\n{}"
    with peer(answering(answer)) as server:
        response = transport.send(Request("POST", f"{server.url}/a?b=1", headers={"X-A": "1"}, content=b"hello"))
    assert (response.status, response.content) == (402, b"{}")
    assert response.headers["x-request-id"] == response.headers["X-Request-Id"] == "r1"
    assert response.elapsed_ms >= 0
    head, body = server.requests[0].split("\r\n\r\n")
    assert head.startswith("POST /a?b=1 HTTP/1.1")
    for line in (f"Host: 127.0.0.1:{server.port}", "X-A: 1", "User-Agent: Hub/1", "Accept-Encoding: identity"):
        assert line in head
    assert "Content-Length: 5" in head
    assert body == "hello"


def test_connections_are_kept_and_used_again(transport):
    with peer(answering(ok())) as server:
        for _ in range(3):
            transport.send(Request("GET", server.url))
        assert (server.connections, len(server.requests)) == (1, 3)


def test_redirects_are_not_followed(transport):
    with peer(answering(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")) as server:
        assert transport.send(Request("GET", server.url)).status == 302
        assert len(server.requests) == 1
    with pytest.raises(ValueError, match="never followed"):
        Request("GET", server.url, allow_redirects=True)


def test_cookies_of_one_call_do_not_come_back_in_the_next(transport):
    with peer(answering(ok(headers=b"Set-Cookie: a=1; Path=/\r\n"))) as server:
        for _ in range(2):
            transport.send(Request("GET", server.url))
    assert "cookie" not in server.requests[1].lower()


def test_proxies_of_the_environment_are_not_used(transport, monkeypatch):
    with peer(hanging) as proxy, peer(answering(ok())) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert transport.send(Request("GET", server.url)).status == 200
        assert proxy.connections == 0


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)])
def test_answers_packed_unasked_are_unpacked(transport, name, pack):
    with peer(answering(ok(pack(b'{"a":1}'), f"Content-Encoding: {name}\r\n".encode()))) as server:
        assert transport.send(Request("GET", server.url)).json() == {"a": 1}


def test_answer_without_a_body_is_read(transport):
    with peer(answering(b"HTTP/1.1 204 No Content\r\n\r\n")) as server:
        assert transport.send(Request("DELETE", server.url)).content == b""


def test_answer_of_exactly_the_limit_is_read():
    with Transport(QUICK, max_response_bytes=100) as transport, peer(answering(ok(b"x" * 100))) as server:
        assert len(transport.send(Request("GET", server.url)).content) == 100


def test_many_threads_get_each_their_own_answer(transport):
    def echo(self, connection):
        while (head := self.read_request(connection)) is not None:
            connection.sendall(ok(re.search(rb"GET /(\d+)", head)[1]))

    with peer(echo) as server, ThreadPoolExecutor(8) as pool:
        numbers = range(100)
        answers = pool.map(lambda n: transport.send(Request("GET", f"{server.url}/{n}")).content, numbers)
        assert list(answers) == [str(n).encode() for n in numbers]


def test_a_forked_process_does_not_use_the_connections_of_its_parent(transport, monkeypatch):
    with peer(answering(ok())) as server:
        transport.send(Request("GET", server.url))
        parent = transport._pool[1]
        monkeypatch.setattr(os, "getpid", lambda: -1)
        transport.send(Request("GET", server.url))
        transport.send(Request("GET", server.url))
        assert server.connections == 2
        parent.close()


def test_the_network_is_refused_inside_a_transaction(transport, monkeypatch):
    monkeypatch.setattr(db, "in_transaction", lambda: True)
    with peer(answering(ok())) as server:
        with pytest.raises(NetworkInsideTransaction):
            transport.send(Request("GET", server.url))
        assert server.connections == 0


def test_pinned_address_is_called_with_the_host_name_of_the_url(transport):
    with peer(answering(ok())) as server:
        url = f"http://psp.example.test:{server.port}/x"
        assert transport.send(Request("GET", url, pin_address="127.0.0.1")).status == 200
    assert f"Host: psp.example.test:{server.port}" in server.requests[0]


def test_pinned_address_must_show_the_certificate_of_the_url_host(certificate, server_tls):
    with peer(answering(ok()), tls=server_tls) as server, Transport(QUICK, verify=certificate) as transport:
        good = Request("GET", f"https://psp.example.test:{server.port}", pin_address="127.0.0.1")
        assert transport.send(good).status == 200
        bad = Request("GET", f"https://other.example.test:{server.port}", pin_address="127.0.0.1")
        with pytest.raises(NeverSent) as caught:
            transport.send(bad)
        assert caught.value.cause_name == "SSLCertVerificationError"
        assert len(server.requests) == 1


def test_pinned_call_takes_no_kept_connection_and_leaves_none(transport):
    with peer(answering(ok())) as server:
        plain = Request("GET", server.url)
        pinned = Request("GET", server.url, pin_address="127.0.0.1")
        for request in (plain, pinned, pinned, plain):
            transport.send(request)
        assert server.connections == 3
        with pytest.raises(NeverSent):
            transport.send(Request("GET", server.url, pin_address="127.0.0.9"))


@pytest.mark.parametrize("address", ["psp.example.test", "127.0.0.1:80", ""])
def test_pin_address_must_be_an_ip_address(address):
    with pytest.raises(ValueError):
        Request("GET", "http://psp.example.test", pin_address=address)


def test_json_keeps_fractions_exact():
    response = Response(200, {}, b'{"amount": 10.10, "n": 1}', 1)
    assert response.json() == {"amount": Decimal("10.10"), "n": 1}


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe\x00", b'{"a": NaN}', b"[" * 100_000, b'{"secret": x}'])
def test_body_that_is_no_json_is_an_unknown_outcome_and_not_quoted(body):
    response = Response(200, {"X": "y"}, body, 12)
    with pytest.raises(UnreadableAnswer) as caught:
        response.json()
    assert isinstance(caught.value, SentNoAnswer)
    assert caught.value.elapsed_ms == 12
    assert caught.value.__context__ is None
    assert "secret" not in repr(caught.value) + repr(response)


def test_record_of_an_exchange_is_redacted(transport):
    kept = []
    with peer(answering(ok(b'{"id": "ch_1", "client_secret": "hush"}'))) as server:
        request = Request(
            "POST",
            f"{server.url}/charge?api_key=hush&id=7",
            headers={"Authorization": "Bearer hush", "Content-Type": "application/json"},
            content=b'{"amount": 5, "card": {"number": "4111111111111111"}}',
        )
        transport.send(request, on_exchange=kept.append)
    (exchange,) = kept
    assert exchange.method == "POST"
    assert exchange.url == f"{server.url}/charge?api_key=***&id=7"
    assert exchange.request_headers["Authorization"] == "***"
    assert exchange.request_body == '{"amount": 5, "card": "***"}'
    assert (exchange.status, exchange.error) == (200, None)
    assert exchange.response_body == '{"id": "ch_1", "client_secret": "***"}'
    assert "hush" not in repr(exchange)
    assert "4111" not in repr(exchange)


def test_failure_is_recorded_too(transport):
    kept = []
    with peer(hanging) as server, Transport(Timeouts(read=0.1)) as hurried, pytest.raises(SentNoAnswer):
        hurried.send(Request("GET", server.url), on_exchange=kept.append)
    assert (kept[0].status, kept[0].error, kept[0].response_body) == (None, "ReadTimeout", "")


def test_answer_is_not_lost_when_its_record_cannot_be_kept(transport, caplog):
    def broken(exchange):
        raise OSError("disk full")

    with peer(answering(ok())) as server:
        assert transport.send(Request("GET", server.url), on_exchange=broken).status == 200
    assert "could not be kept" in caplog.text


def test_calls_are_logged_without_path_and_query(transport, caplog):
    caplog.set_level("INFO", logger="paymenthub.kernel.http")
    with peer(answering(ok())) as server:
        transport.send(Request("GET", f"{server.url}/hush?key=hush"))
    with pytest.raises(NeverSent):
        transport.send(Request("GET", f"{server.url}/hush?key=hush"))
    answered, failed = caplog.records
    assert (answered.levelname, answered.status, answered.host) == ("INFO", 200, f"127.0.0.1:{server.port}")
    assert (failed.levelname, failed.cause) == ("WARNING", "ConnectionRefusedError")
    assert "hush" not in str([record.__dict__ for record in caplog.records])
