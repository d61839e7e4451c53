"""A saga's metadata as it comes along: without what must not be kept, and in today's names."""

from collections.abc import Mapping
from typing import Any

_NEVER_KEPT = frozenset({"providerdata", "paymenttoken"})
_OLDER_NAMES = {"paymentID": "paymentId", "shopTransactionID": "shopTransactionId"}
_OLDER_REDIRECTS = {"successRedirectUrl": "successRedirect", "failureRedirectUrl": "failureRedirect"}


def provider_data_in(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the provider needs beyond the rest: `payRequestData.providerData`, in older versions at the top."""
    pay = metadata.get("payRequestData")
    for place in (pay if isinstance(pay, Mapping) else {}, metadata):
        found = place.get("providerData")
        if isinstance(found, Mapping) and found:
            return dict(found)
    return {}


def cleaned(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy in today's names, without providerData and payment tokens at any depth."""
    kept: dict[str, Any] = without_secrets(metadata)
    for older, name in _OLDER_NAMES.items():
        if older in kept:
            kept.setdefault(name, kept.pop(older))
    pay = kept.get("payRequestData")
    if isinstance(pay, dict):
        for older, name in _OLDER_REDIRECTS.items():
            if older in pay:
                pay.setdefault(name, pay.pop(older))
    return kept


def without_secrets(value: Any) -> Any:
    """Return a copy without providerData and payment tokens at any depth."""
    if isinstance(value, Mapping):
        return {name: without_secrets(item) for name, item in value.items() if name.lower() not in _NEVER_KEPT}
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value


def part(metadata: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object inside the metadata, an empty one where there is none."""
    found = metadata.get(name)
    return found if isinstance(found, Mapping) else {}
