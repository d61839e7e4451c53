"""Whether a failed request may have arrived: against real sockets."""

import gzip
import socket
import threading
import time

import pytest

from paymenthub.kernel.http import NeverSent, Request, SentNoAnswer, Timeouts, Transport, TransportError
from tests.kernel import loopback
from tests.kernel.loopback import answering, ok, peer, reading_then

QUICK = Timeouts(connect=0.4, read=0.4, write=0.4, pool=0.4, total=3)
SECRET = "hunter2hunter2"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def transport():
    with Transport(QUICK, max_response_bytes=10_000) as made:
        yield made


def post(url, **options):
    headers = {"Authorization": f"Bearer {SECRET}"}
    return Request("POST", f"{url}/charge?key={SECRET}", headers=headers, content=SECRET.encode(), **options)


def failure_of(transport, request):
    with pytest.raises(TransportError) as caught:
        transport.send(request)
    error = caught.value
    assert SECRET not in str(error) + repr(error) + repr(request)
    assert (error.__cause__, error.__context__) == (None, None)
    assert type(error) in (NeverSent, SentNoAnswer)
    return error


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_refused_connection_was_never_sent(transport):
    error = failure_of(transport, post(f"http://127.0.0.1:{closed_port()}"))
    assert isinstance(error, NeverSent)
    assert error.cause_name == "ConnectionRefusedError"
    assert str(error) == f"ConnectionRefusedError after {error.elapsed_ms} ms"


def test_connection_that_is_not_accepted_in_time_was_never_sent(transport):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        with socket.socket() as first, socket.socket() as second:
            for filler in (first, second):  # fill the queue of connections that nobody accepts
                filler.setblocking(False)
                filler.connect_ex(address)
            error = failure_of(transport, post(f"http://127.0.0.1:{address[1]}"))
    assert isinstance(error, NeverSent)
    assert error.cause_name == "ConnectTimeout"
    assert 300 <= error.elapsed_ms < 8000


def test_host_without_an_address_was_never_sent(transport, monkeypatch):
    def no_name(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_name)
    error = failure_of(transport, post("http://nobody.example.test"))
    assert isinstance(error, NeverSent)
    assert error.cause_name == "gaierror"


def test_every_address_of_a_host_is_tried_within_the_time_to_connect(transport, monkeypatch):
    with peer(answering(ok())) as server:
        dead = ("127.0.0.9", server.port)
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in (dead, ("127.0.0.1", server.port))]
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda host, *a, **k: found if host == "psp.example.test" else real(host, *a, **k)
        )
        assert transport.send(post(f"http://psp.example.test:{server.port}")).status == 200


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/x",
        "file:///etc/hosts",
        "127.0.0.1/x",
        "http:///x",
        "http://user:hunter2hunter2@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "http://127.0.0.1/\x00",
        f"http://{'a' * 70}.test/",
        "",
    ],
)
def test_url_that_cannot_be_called_was_never_sent(transport, url):
    error = failure_of(transport, Request("GET", url))
    assert isinstance(error, NeverSent)


@pytest.mark.parametrize("value", [f"{SECRET}\r\nX-Evil: 1", f"{SECRET}\x00", f"{SECRET}é"])
def test_header_that_cannot_be_sent_was_never_sent(transport, value):
    with peer(answering(ok())) as server:
        error = failure_of(transport, Request("GET", server.url, headers={"Authorization": value}))
        assert isinstance(error, NeverSent)
        assert server.requests == []


def test_full_pool_was_never_sent():
    arrived = threading.Event()

    def script(self, connection):
        self.read_request(connection)
        arrived.set()
        self.over.wait(10)

    patient = Timeouts(connect=1, read=3, write=1, pool=0.2, total=3)
    with Transport(patient, max_connections=1) as transport:
        with peer(script) as server:
            first = threading.Thread(target=lambda: failure_of(transport, post(server.url)))
            first.start()
            assert arrived.wait(5)
            error = failure_of(transport, post(server.url))
            assert isinstance(error, NeverSent)
            assert error.cause_name == "PoolTimeout"
            assert len(server.requests) == 1
        first.join(10)


@pytest.mark.parametrize(
    "script",
    [
        loopback.closing_at_once,
        reading_then(b"this is no TLS\r\n\r\n" * 10),
    ],
)
def test_failed_tls_handshake_was_never_sent(transport, script):
    with peer(script) as server:
        error = failure_of(transport, post(f"https://127.0.0.1:{server.port}"))
    assert isinstance(error, NeverSent)


def test_hanging_tls_handshake_was_never_sent(transport):
    with peer(loopback.never_reading) as server:
        error = failure_of(transport, post(f"https://127.0.0.1:{server.port}"))
    assert isinstance(error, NeverSent)
    assert error.cause_name == "ConnectTimeout"


def test_untrusted_certificate_was_never_sent(transport, server_tls):
    with peer(answering(ok()), tls=server_tls) as server:
        url = f"https://psp.example.test:{server.port}"
        error = failure_of(transport, post(url, pin_address="127.0.0.1"))
        assert isinstance(error, NeverSent)
        assert error.cause_name == "SSLCertVerificationError"
        assert server.requests == []


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        (loopback.hanging, "ReadTimeout"),
        (loopback.closing_at_once, None),
        (reading_then(), None),
        (loopback.resetting, "ConnectionResetError"),
        (reading_then(b"HTTP/1.1 200 OK\r\nContent-Le"), "RemoteProtocolError"),
        (reading_then(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), "RemoteProtocolError"),
        (reading_then(CHUNKED + b"5\r\nabc"), "RemoteProtocolError"),
        (reading_then(b"SSH-2.0-OpenSSH\r\n"), "RemoteProtocolError"),
        (reading_then(ok(b"x" * 10_001)), "ResponseTooLarge"),
        (reading_then(CHUNKED + b"2711\r\n" + b"x" * 10_001 + b"\r\n0\r\n\r\n"), "ResponseTooLarge"),
        (reading_then(ok(gzip.compress(b"x" * 10_001), b"Content-Encoding: gzip\r\n")), "ResponseTooLarge"),
        (reading_then(ok(gzip.compress(b"{}")[:-4], b"Content-Encoding: gzip\r\n")), "error"),
        (reading_then(ok(b"{}", b"Content-Encoding: br\r\n")), "UnknownEncoding"),
        (reading_then(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"), "RemoteProtocolError"),
    ],
    ids=[
        "hangs",
        "closes before reading",
        "closes after reading",
        "resets",
        "half a head",
        "half a body",
        "half a chunk",
        "no HTTP",
        "too big",
        "too big in chunks",
        "too big unpacked",
        "half a package",
        "unknown package",
        "short body",
    ],
)
def test_failure_after_the_first_byte_was_written_may_have_been_sent(transport, script, cause):
    with peer(script) as server:
        error = failure_of(transport, post(server.url))
        assert server.connections == 1  # and nothing is ever tried again
    assert isinstance(error, SentNoAnswer)
    assert cause in (None, error.cause_name)


@pytest.mark.parametrize(
    "script",
    [
        loopback.dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        loopback.dripping(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        loopback.dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    ],
    ids=["body", "head", "hints"],
)
def test_dripping_answer_ends_with_the_total_time(script):
    hurried = Timeouts(connect=0.4, read=0.4, write=0.4, pool=0.4, total=0.6)
    with Transport(hurried) as transport, peer(script) as server:
        started = time.monotonic()
        error = failure_of(transport, post(server.url))
        assert 0.5 < time.monotonic() - started < 8  # the peer would drip for ten
    assert isinstance(error, SentNoAnswer)
    assert error.cause_name == "TotalTimeout"


def test_body_that_the_peer_does_not_take_may_have_been_sent(transport):
    with peer(loopback.never_reading) as server:
        error = failure_of(transport, Request("POST", server.url, content=b"x" * 30_000_000))
    assert isinstance(error, SentNoAnswer)
    assert error.cause_name == "WriteTimeout"


def test_kept_connection_that_dies_under_a_request_may_have_been_sent(transport):
    def script(self, connection):
        self.read_request(connection)
        connection.sendall(ok())
        self.read_request(connection)

    with peer(script) as server:
        assert transport.send(post(server.url)).status == 200
        error = failure_of(transport, post(server.url))
        assert isinstance(error, SentNoAnswer)
        assert (server.connections, len(server.requests)) == (1, 2)


def test_kept_connection_that_died_before_is_not_used(transport):
    ended = threading.Semaphore(0)

    def script(self, connection):
        self.read_request(connection)
        connection.sendall(ok())
        connection.shutdown(socket.SHUT_RDWR)
        ended.release()

    with peer(script) as server:
        for _ in range(3):
            assert transport.send(post(server.url)).status == 200
            assert ended.acquire(timeout=5)
        assert server.connections == 3


def test_time_that_is_up_before_the_first_byte_was_never_sent():
    with peer(answering(ok())) as server, Transport(Timeouts(total=0)) as transport:
        error = failure_of(transport, post(server.url))
        assert server.requests == []
    assert isinstance(error, NeverSent)
    assert error.cause_name == "TotalTimeout"
