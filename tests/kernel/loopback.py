"""A peer on loopback that misbehaves as told, byte by byte."""

import contextlib
import re
import socket
import ssl
import struct
import threading


class Peer:
    """Accept connections, and hand each to a script in a thread of its own."""

    def __init__(self, script, tls=None):
        self.over = threading.Event()  # set when the test ends; scripts that hang wait for it
        self.requests = []
        self.connections = 0
        self._script = script
        self._tls = tls
        self._open = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def read_request(self, connection):
        """Read one request with its body, as one that is closed unread is reset; None at the end of the stream."""
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65536)
            if not piece:
                return None
            head += piece
        start, _, body = head.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", start, re.IGNORECASE)
        while length and len(body) < int(length[1]):
            body += connection.recv(65536)
        self.requests.append((start + b"\r\n\r\n" + body).decode("latin-1"))
        return start

    def close(self):
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def _accept(self):
        while not self.over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            if self._tls is not None:
                connection.settimeout(5)
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                self._open.append(connection)
                self._script(self, connection)


@contextlib.contextmanager
def peer(script, tls: ssl.SSLContext | None = None):
    running = Peer(script, tls)
    try:
        yield running
    finally:
        running.close()


def answering(*answers):
    """Answer each request of a connection with the next of these, the last one again and again; keep it open."""

    def script(self, connection):
        position = 0
        while self.read_request(connection) is not None:
            connection.sendall(answers[min(position, len(answers) - 1)])
            position += 1

    return script


def reading_then(*sent):
    """Read a request, send these bytes, close."""

    def script(self, connection):
        self.read_request(connection)
        for piece in sent:
            connection.sendall(piece)

    return script


def hanging(self, connection):
    self.read_request(connection)
    self.over.wait(10)


def closing_at_once(self, connection):
    return


def resetting(self, connection):
    self.read_request(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def never_reading(self, connection):
    self.over.wait(10)


def dripping(start, drop):
    """Send the start, and then a drop every 20 ms, for ever."""

    def script(self, connection):
        self.read_request(connection)
        connection.sendall(start)
        while not self.over.wait(0.02):
            connection.sendall(drop)

    return script


def ok(body=b"{}", headers=b"Content-Type: application/json\r\n"):
    return b"HTTP/1.1 200 OK\r\n" + headers + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
