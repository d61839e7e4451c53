"""What a form must know of the providers that are installed here."""

from dataclasses import dataclass

from providers import registry
from providers.port import Driver
from providers.types import ConfigField


@dataclass(frozen=True, slots=True)
class KnownProvider:
    """A provider: what its accounts are configured by, and which methods they may offer."""

    code: str
    name: str
    methods: tuple[str, ...]
    config_fields: tuple[ConfigField, ...]


def known_provider(code: str) -> KnownProvider | None:
    """Return a provider whose driver is installed, enabled or not; None for any other."""
    try:
        return _told(registry.get(code))
    except registry.UnknownProvider:
        return None


def enabled_providers() -> list[KnownProvider]:
    """List the providers that new accounts may be made at, by name."""
    enabled = [_told(driver) for driver in registry.all_drivers() if registry.is_enabled(driver.code)]
    return sorted(enabled, key=lambda each: each.name)


def _told(driver: Driver) -> KnownProvider:
    return KnownProvider(driver.code, driver.display_name, driver.methods, driver.config_fields)
