"""Put the parts of one running Sandpay together."""

import hashlib
import sqlite3

from starlette.requests import Request

from .answers import Spoiler
from .clocks import Clocks
from .config import FirstAccount, Settings
from .deliverer import Deliverer
from .errors import ApiError
from .idempotency import Idempotency
from .jobs import Jobs
from .links import Links
from .payments import Payments
from .refunds import Refunds
from .store import Store
from .subscriptions import Subscriptions
from .tokens import Tokens
from .webhooks import Emitter


class Sandpay:
    """Everything a request needs; made once, inside the event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.db)
        emitter = Emitter(self.store, settings.settle_seconds)
        self.payments = Payments(self.store, emitter, settings.settle_seconds)
        self.clocks = Clocks(self.store)
        self.tokens = Tokens(self.store)
        self.subscriptions = Subscriptions(self.store, emitter, self.payments, self.tokens, self.clocks)
        self.payments.on_settled += [self.tokens.settled, self.subscriptions.settled]
        self.links = Links(self.store, self.payments)
        self.refunds = Refunds(self.store, emitter, settings.settle_seconds)
        self.idempotency = Idempotency(self.store)
        self.spoiler = Spoiler(delay=settings.delay_seconds, hold=settings.hold_seconds)
        self.deliverer = Deliverer(self.store, settings.webhook_timeout)
        self.jobs = Jobs(self.store, self.payments, self.refunds, self.subscriptions)
        if settings.first_account:
            with self.store.transaction():
                self.put_account(settings.first_account, webhook_secret_2=None)

    def put_account(self, account: FirstAccount, *, webhook_secret_2: str | None) -> None:
        """Make or replace an account; 409 where its key opens another."""
        digest = _digest(account.api_key)
        other = self.store.one("SELECT id FROM accounts WHERE api_key_hash = ? AND id != ?", digest, account.id)
        if other is not None:
            raise ApiError(409, "invalid_state", "api_key_taken", "This API key belongs to another account.")
        self.store.run(
            "INSERT OR REPLACE INTO accounts (id, api_key_hash, webhook_secret, webhook_secret_2, webhook_url)"
            " VALUES (?, ?, ?, ?, ?)",
            account.id,
            digest,
            account.webhook_secret,
            webhook_secret_2,
            account.webhook_url,
        )

    def authenticate(self, request: Request) -> str:
        """Return the id of the account whose key the request carries; `ApiError` 401 otherwise."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        row: sqlite3.Row | None = None
        if scheme.lower() == "bearer" and key.strip():
            row = self.store.one("SELECT id FROM accounts WHERE api_key_hash = ?", _digest(key.strip()))
        if row is None:
            raise ApiError(401, "authentication_error", "invalid_api_key", "Send a valid API key as a Bearer token.")
        return str(row["id"])

    def base_url(self, request: Request) -> str:
        """Return what checkout addresses begin with."""
        return self.settings.public_url or str(request.base_url).rstrip("/")


def of(request: Request) -> Sandpay:
    """Return the Sandpay that serves this request."""
    sandpay: Sandpay = request.app.state.sandpay
    return sandpay


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
