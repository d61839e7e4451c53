"""The hub's HTTP API, as far as this shop needs it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from .catalogue import CURRENCY

_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Access:
    """Where the hub is, and what opens it."""

    base_url: str
    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


class HubSaidNo(Exception):
    """The hub refused, or could not be reached; the text is fit for the customer of a demo."""


def read_hub(file: Path) -> Access:
    """Read what `make up` wrote down. Raises OSError, ValueError or KeyError."""
    values = json.loads(file.read_text())
    return Access(values["baseUrl"].rstrip("/"), values["apiKey"], values["webhookSecret"])


class Hub:
    """Calls to the hub, with the shop's own key: they come from the server, never from a browser."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._client = httpx.Client(
            base_url=access.base_url,
            headers={"Authorization": f"Bearer {access.api_key}"},
            timeout=_SECONDS,
            trust_env=False,
        )

    def open_payment(self, order: str, amount: int, **more: Any) -> dict[str, Any]:
        """Ask to be paid; the answer has `id` and `checkoutUrl`. The same order again is the same payment."""
        body = {"amount": amount, "currency": CURRENCY, "shopTransactionId": order} | more
        return self._ask("POST", "/v1/payments", body)

    def make_link(self, order: str, amount: int, **more: Any) -> dict[str, Any]:
        """Make a link and have it sent to the buyer; the answer has `id` and `url`. The same order again is the same link."""
        body = {"amount": amount, "currency": CURRENCY, "shopTransactionId": order} | more
        link = self._ask("POST", "/v1/payment-links", body)
        self._ask("POST", f"/v1/payment-links/{link['id']}/send", {"locale": more.get("locale", "en")})
        return link

    def open_again(self, payment: str) -> str:
        """Return a new address of a payment's checkout: each works once."""
        return str(self._ask("POST", f"/v1/payments/{payment}/checkout-url", {})["checkoutUrl"])

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, json=body)
            found = answer.json()
        except (httpx.HTTPError, ValueError):
            raise HubSaidNo("The payment service does not answer. Nothing was charged; please try again.") from None
        if answer.is_error:
            raise HubSaidNo(f"{found.get('message', 'The payment service refused.')} (HTTP {answer.status_code})")
        return dict(found)
