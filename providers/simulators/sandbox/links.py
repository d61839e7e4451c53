"""Hold payment links: an address that a merchant may send by mail, for one payment by whatever means."""

import sqlite3

from .commands import CreateLink, CreatePayment
from .errors import invalid, not_found
from .payments import Payments
from .store import Store, new_id, rfc3339

DEFAULT_LIFE = 30 * 86400
LONGEST_LIFE = 366 * 86400
SHORTEST_LIFE = 60
_WORDS = {"awaiting_customer": "active", "expired": "expired", "cancelled": "closed"}


class Links:
    """Links of all accounts. What writes must be called inside a transaction."""

    def __init__(self, store: Store, payments: Payments) -> None:
        self._store = store
        self._payments = payments

    def create(self, account: str, command: CreateLink, *, key: str, base_url: str) -> sqlite3.Row:
        """Store a link and the payment that it leads to; 400 where its end is too near or too far."""
        store = self._store
        now = store.now()
        ends = now + DEFAULT_LIFE if command.expires_at is None else command.expires_at.timestamp()
        if not now + SHORTEST_LIFE <= ends <= now + LONGEST_LIFE:
            raise invalid("expires_at must be between a minute and a year from now.", "invalid_expires_at")
        asked = CreatePayment(
            amount=command.amount,
            currency=command.currency,
            reference=command.reference,
            method="card",
            capture="automatic",
            return_url=command.return_url,
            notification_url=command.notification_url,
            description=command.description,
            customer=command.customer,
            metadata=command.metadata,
        )
        payment = self._payments.create(account, asked, key=key, base_url=base_url)
        # The means is chosen on the page: whoever pays by a link is offered all of them.
        store.run("UPDATE payments SET method = 'any', expires_at = ? WHERE id = ?", ends, payment["id"])
        link_id = new_id("sl")
        store.run("INSERT INTO links (id, account, payment) VALUES (?, ?, ?)", link_id, account, payment["id"])
        return self.get(link_id)

    def get(self, link_id: str, *, account: str | None = None) -> sqlite3.Row:
        """Return one link, of `account` if given; `ApiError` 404 otherwise."""
        sql = "SELECT * FROM links WHERE id = ?1 AND (?2 IS NULL OR account = ?2)"
        row = self._store.one(sql, link_id, account)
        if row is None:
            raise not_found("link")
        return row

    def expire(self, link: sqlite3.Row) -> None:
        """End a link by which nobody has paid; 409 otherwise."""
        self._payments.expire(self._payments.get(link["payment"]))

    def show(self, link: sqlite3.Row) -> dict[str, object]:
        """Return the link as the API shows it, with its payment inside."""
        payment = self._payments.get(link["payment"])
        return {
            "id": link["id"],
            "object": "link",
            "account": link["account"],
            "live": False,
            "status": _WORDS.get(payment["status"], "used"),
            "url": f"{payment['base_url']}/l/{link['id']}",
            "amount": payment["amount"],
            "currency": payment["currency"],
            "reference": payment["reference"],
            "payment": self._payments.show(payment),
            "created": rfc3339(payment["created"]),
            "expires_at": rfc3339(payment["expires_at"]),
        }
