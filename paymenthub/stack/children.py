"""The processes of the local stack, in the order in which they start."""

import os
import sys
from collections.abc import Mapping

from .layout import Layout
from .ports import Ports
from .supervisor import Child

_HOST = "127.0.0.1"
# Stopped first to last: no new work is taken in before what carries work out goes away.
STOP_ORDER = ("web", "beat", "bus", "relay", "worker", "psp", "mail", "shop")
BUS = Child("bus", [sys.executable, "manage.py", "bus_consumer"])
_YES = ("1", "true", "yes", "on")


def child_table(layout: Layout, ports: Ports) -> list[Child]:
    """Return what runs beside the database and the broker."""
    workers = str(max(2, min(4, os.cpu_count() or 2)))
    psp = ["--host", _HOST, "--port", str(ports.psp), "--control-port", str(ports.psp_control)]
    web = ["--interface", "wsgi", "--host", _HOST, "--port", str(ports.web), "--no-ws", "--workers", workers]
    worker = ["--concurrency", "4", "--without-gossip", "--without-mingle", "--pidfile", str(layout.pid_file("worker"))]
    beat = ["--schedule", str(layout.var_dir / "beat-schedule"), "--pidfile", str(layout.pid_file("beat"))]
    mail = ["--smtp-port", str(ports.smtp), "--port", str(ports.inbox), "--folder", str(layout.var_dir / "mails")]
    shop = ["--port", str(ports.shop), "--demo-json", str(layout.demo), "--db", str(layout.var_dir / "shop.sqlite3")]
    return [
        _python("mail", "-m", "paymenthub.stack.mail_catcher", *mail),
        _python("psp", "-m", "providers.simulators.sandbox", *psp, "--db", str(layout.var_dir / "sandbox.sqlite3")),
        _python("web", "-m", "granian", *web, "--blocking-threads", "32", "paymenthub.wsgi:application"),
        _python("worker", "-m", "celery", "-A", "paymenthub", "worker", *worker),
        _python("beat", "-m", "celery", "-A", "paymenthub", "beat", *beat),
        _python("relay", "manage.py", "relay"),
        _python("shop", "-m", "paymenthub.stack.shop", *shop),
    ]


def with_bus(children: list[Child], environment: Mapping[str, str]) -> list[Child]:
    """Add the consumer of the event bus where it is on."""
    return [*children, BUS] if environment.get("EVENT_BUS_ENABLED", "").strip().lower() in _YES else children


def _python(name: str, *arguments: str) -> Child:
    return Child(name, [sys.executable, *arguments])
