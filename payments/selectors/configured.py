"""How the configuration stands, without secrets, and in which version: what a person saw before changing it."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.utils.crypto import salted_hmac

from paymenthub.kernel.redact import redact_url
from payments.models import ApiKey, Principal, Project, ProviderAccount, WebhookEndpoint

Configured = Principal | Project | ApiKey | ProviderAccount | WebhookEndpoint

_COLUMNS: dict[type[Configured], tuple[str, ...]] = {
    Principal: ("name", "standing"),
    Project: ("name", "standing", "timezone", "callback_url", "callback_secrets_sealed", "previous_secret_until"),
    ApiKey: ("name", "scopes", "expires_at", "revoked_at"),
    ProviderAccount: (
        "name",
        "config_sealed",
        "previous_config_until",
        "methods",
        "standing",
        "is_default",
        "external_id",
    ),
    WebhookEndpoint: ("url", "event_types", "enabled", "secrets_sealed", "previous_secret_until"),
}


@dataclass(frozen=True, slots=True)
class Version:
    """How a row stood at a moment: fit for the audit trail, and a mark that any change of the row changes."""

    told: dict[str, Any]
    mark: str = field(repr=False)


def version_of(row: Configured) -> Version:
    """Say how a row stands. The mark tells nothing of the values behind it."""
    values = json.dumps([row.pk, *(getattr(row, column) for column in _COLUMNS[type(row)])], default=str)
    return Version(_told(row), salted_hmac("payments.configured", values).hexdigest()[:32])


def differences(seen: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Name what differs, with both values."""
    return [
        f"{name}: {_written(seen.get(name))} → {_written(now.get(name))}"
        for name in now
        if seen.get(name) != now.get(name)
    ]


def _told(row: Configured) -> dict[str, Any]:
    match row:
        case Principal():
            return {"name": row.name, "standing": row.standing}
        case Project():
            return {
                "name": row.name,
                "standing": row.standing,
                "timezone": row.timezone,
                "callbackUrl": redact_url(row.callback_url) if row.callback_url else "",
                "previousSecretUntil": _moment(row.previous_secret_until),
            }
        case ApiKey():
            return {
                "name": row.name,
                "begins": row.shown,
                "mode": row.mode,
                "scopes": list(row.scopes),
                "expires": _moment(row.expires_at),
                "revoked": _moment(row.revoked_at),
            }
        case ProviderAccount():
            return {
                "name": row.name,
                "provider": row.provider,
                "mode": row.mode,
                "methods": list(row.methods),
                "standing": row.standing,
                "isDefault": row.is_default,
                "externalId": row.external_id,
                "settingsChanged": _moment(row.config_changed_at),
                "previousSettingsUntil": _moment(row.previous_config_until),
            }
        case WebhookEndpoint():
            return {
                "url": redact_url(row.url),
                "mode": row.mode,
                "events": list(row.event_types),
                "enabled": row.enabled,
                "previousSecretUntil": _moment(row.previous_secret_until),
            }


def _moment(at: Any) -> str | None:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at is not None else None


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value or "none")
