"""Read the command line and the environment."""

import argparse
import dataclasses
import os
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

PREFIX = "SANDBOX_PSP_"


@dataclasses.dataclass(frozen=True)
class FirstAccount:
    """An account that exists from the start, so that nobody need call the control API."""

    id: str
    api_key: str = dataclasses.field(repr=False)
    webhook_secret: str = dataclasses.field(repr=False)
    webhook_url: str | None


@dataclasses.dataclass(frozen=True)
class Settings:
    """How one sandbox runs. Times are seconds; port 0 takes any free one."""

    host: str
    port: int
    control_port: int | None
    db: str
    public_url: str | None
    first_account: FirstAccount | None
    settle_seconds: float
    delay_seconds: float
    hold_seconds: float
    webhook_timeout: float


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 86400:
        raise argparse.ArgumentTypeError("seconds are a number from 0 to 86400")
    return number


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m providers.simulators.sandbox",
        description="Sandpay, a payment service provider that moves no real money.",
        epilog=f"Every option may also be set in the environment: --db is {PREFIX}DB, --api-key is {PREFIX}API_KEY.",
    )

    def option(flag: str, *, default: str | None = None, kind: type | object = str, text: str) -> None:
        name = PREFIX + flag.removeprefix("--").replace("-", "_").upper()
        parser.add_argument(flag, default=environ.get(name) or default, type=kind, help=text)  # type: ignore[arg-type]

    option("--host", default="127.0.0.1", text="address of the API and the payment page")
    option("--port", default="9100", kind=_port, text="port of the API and the payment page")
    option("--control-port", kind=_port, text="loopback port of the control API (default: port + 1)")
    option("--db", text="SQLite file, made if missing (required)")
    option("--public-url", text="base of checkout_url (default: what the request was sent to)")
    option("--account", default="acct_demo", text="id of the account that --api-key opens")
    option("--api-key", text="API key of that account")
    option("--webhook-secret", text="secret its webhooks are signed with")
    option("--webhook-url", text="where its webhooks go")
    option("--settle-seconds", default="3", kind=_seconds, text="how long pending things take")
    option("--delay-seconds", default="3", kind=_seconds, text="how late a delayed answer is")
    option("--hold-seconds", default="60", kind=_seconds, text="how long an answer that never comes is waited for")
    option("--webhook-timeout", default="10", kind=_seconds, text="how long a webhook's receiver may take")
    return parser


def is_web_url(text: str) -> bool:
    """Tell whether `text` is an absolute http(s) address with a host and no credentials in it."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    plain = text.isprintable() and not any(mark in text for mark in ' \\<>"')
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def parse(argv: Sequence[str], environ: Mapping[str, str] = os.environ) -> Settings:
    """Build the settings; exits with a message that says what to do when something is missing."""
    parser = _parser(environ)
    args = parser.parse_args(argv)
    if not args.db:
        parser.error(f"name the SQLite file with --db FILE or {PREFIX}DB.")
    if bool(args.api_key) != bool(args.webhook_secret):
        parser.error("--api-key and --webhook-secret belong together: give both, or neither and use the control API.")
    for flag in ("public_url", "webhook_url"):
        if getattr(args, flag) and not is_web_url(getattr(args, flag)):
            parser.error(f"--{flag.replace('_', '-')} must be an absolute http:// or https:// address.")
    account = None
    if args.api_key:
        account = FirstAccount(args.account, args.api_key, args.webhook_secret, args.webhook_url)
    return Settings(
        host=args.host,
        port=args.port,
        control_port=args.control_port,
        db=args.db,
        public_url=args.public_url.rstrip("/") if args.public_url else None,
        first_account=account,
        settle_seconds=args.settle_seconds,
        delay_seconds=args.delay_seconds,
        hold_seconds=args.hold_seconds,
        webhook_timeout=args.webhook_timeout,
    )
