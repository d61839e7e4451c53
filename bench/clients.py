"""Load from closed loops: each client sends its next request when the last one was answered."""

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Measured:
    """The milliseconds of each request, and the seconds of all."""

    ms: list[float] = field(default_factory=list)
    wall: float = 0.0


def drive(clients: Sequence[Callable[[], object]], *, seconds: float, done: Callable[[], object]) -> Measured:
    """Let each client work in a thread for so many seconds, then call `done` in it; the first error of any is raised."""
    measured = Measured()
    errors: list[Exception] = []
    start = threading.Barrier(len(clients) + 1)

    def work(client: Callable[[], object]) -> None:
        mine: list[float] = []
        start.wait()
        end = time.perf_counter() + seconds
        try:
            while (began := time.perf_counter()) < end and not errors:
                client()
                mine.append((time.perf_counter() - began) * 1000)
            done()
        except Exception as error:  # noqa: BLE001 - raised below, in the thread that waits
            errors.append(error)
        finally:
            measured.ms.extend(mine)

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    measured.wall = time.perf_counter() - began
    if errors:
        raise errors[0]
    return measured


class HttpClient:
    """One connection, kept alive, with as little work on this side as can be: client and server share the cores."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._host = f"{parts.hostname}:{parts.port}"
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str) -> bytes:
        """Read a path."""
        return self._exchange(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())

    def pay(self, path: str, key: str) -> None:
        """Pay a new order and see that it was paid."""
        order = {"amount": 1299, "currency": "EUR", "shopTransactionId": f"order-{os.urandom(16).hex()}"}
        body = json.dumps(order)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        answer = self._exchange((head + body).encode())
        if b'"result":"OK"' not in answer:
            raise RuntimeError(f"a payment was answered with {answer[:500].decode(errors='replace')}")

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _exchange(self, request: bytes) -> bytes:
        self._socket.sendall(request)
        head, _, body = self._until(b"\r\n\r\n").partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), None)
        if not lines[0].startswith(b"http/1.1 200") or length is None:
            raise RuntimeError(f"{lines[0].decode(errors='replace')}: {body[:500].decode(errors='replace')}")
        while len(body) < length:
            body += self._more()
        return body

    def _until(self, mark: bytes) -> bytes:
        found = self._more()
        while mark not in found:
            found += self._more()
        return found

    def _more(self) -> bytes:
        piece = self._socket.recv(65536)
        if not piece:
            raise RuntimeError("the server closed the connection")
        return piece
