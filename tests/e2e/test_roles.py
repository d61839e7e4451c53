"""HUB_ROLES: what a process does not serve is not there."""

import subprocess
from collections.abc import Callable, Iterator
from http.client import HTTPException

import httpx
import pytest

from paymenthub.setup import processes

from .shop import Shop, new_order
from .stack import Stack, end, free_port
from .waiting import until

StartWeb = Callable[[str], tuple[httpx.Client, subprocess.Popen[bytes]]]


@pytest.fixture
def start_web(stack: Stack) -> Iterator[StartWeb]:
    started: list[tuple[httpx.Client, subprocess.Popen[bytes]]] = []

    def start(roles: str) -> tuple[httpx.Client, subprocess.Popen[bytes]]:
        port = free_port()
        process = stack.web_with_roles(roles, port)
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False)
        started.append((client, process))
        return client, process

    yield start
    for client, process in started:
        client.close()
        end(process)


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/-/healthz").status_code == 200
    except (httpx.TransportError, HTTPException):
        return False


def serving(start_web: StartWeb, roles: str) -> httpx.Client:
    client, _ = start_web(roles)
    until(lambda: answers(client), f"the web process with HUB_ROLES={roles} does not answer")
    return client


def test_a_process_for_the_api_serves_neither_staff_nor_customers_nor_providers(
    start_web: StartWeb, shop: Shop
) -> None:
    client = serving(start_web, "api")

    found = {path: client.get(path).status_code for path in ("/admin/", "/c/x", "/return/x", "/sandbox/callback")}
    posted = {path: client.post(path, json={}).status_code for path in ("/c/x", "/webhooks/sandbox")}
    paid = client.post(
        "/sandbox/credit-cards/pay",
        json=shop.body(1299, new_order()),
        headers={"Authorization": shop.http.headers["Authorization"]},
    )

    assert found == dict.fromkeys(found, 404)
    assert posted == dict.fromkeys(posted, 404)
    assert (paid.status_code, paid.json()["result"]) == (200, "OK")


def test_a_process_for_customers_and_providers_takes_no_payments(start_web: StartWeb, shop: Shop) -> None:
    client = serving(start_web, "web")
    order = new_order()

    paid = client.post(
        "/sandbox/credit-cards/pay",
        json=shop.body(1299, order),
        headers={"Authorization": shop.http.headers["Authorization"]},
    )

    assert paid.status_code == 404
    assert client.get("/sandbox/status", params={"paymentId": "x"}).status_code == 404
    assert client.get("/admin/").status_code == 404
    assert client.post("/webhooks/sandbox", content=b"{}").status_code == 400, "forged, but there is a door"


@pytest.mark.parametrize(("roles", "said"), [(",", "HUB_ROLES"), ("", "HUB_ROLES"), ("api,wbe", "wbe")])
def test_a_process_without_a_role_or_with_an_unknown_one_does_not_start(
    stack: Stack, start_web: StartWeb, roles: str, said: str
) -> None:
    client, process = start_web(roles)

    until(
        lambda: process.poll() is not None or answers(client),
        f"the web process with HUB_ROLES={roles!r} neither serves nor ends",
        seconds=10,
    )

    log = processes.tail(stack.layout.log(f"web-{client.base_url.port}"), 60)
    assert process.poll(), f"it serves with HUB_ROLES={roles!r}; its log:\n{log}"
    assert said in log
