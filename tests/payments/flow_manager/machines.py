"""The hub's own machine with the provider's commands sent to another hub, as an outside Flow Manager's owner writes it."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from payments.selectors import machines

OWN = Path(machines.__file__).parent.parent / "saga" / "machines" / "payment.json"


def sent_to(base_url: str, key: str) -> dict[str, Any]:
    """The machine whose payments and refunds another hub carries out."""
    parts = urlsplit(base_url)

    def channel(id: str, path: str) -> dict[str, Any]:
        settings = {"protocol": "http", "endpoint": parts.hostname, "port": parts.port, "method": "POST", "path": path}
        return {"id": id, "type": "rest", "configurations": settings | {"headers": {"secret": key}}}

    definition = json.loads(OWN.read_text())
    definition["name"] = "outside"
    definition["communicationProtocols"] = [channel("pay", "/saga/pay"), channel("refund", "/saga/refund")]
    return definition
