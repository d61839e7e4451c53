"""Drivers by code, from the dotted paths in PROVIDER_DRIVERS; made when first asked for."""

from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from .port import Driver


class UnknownProvider(LookupError):
    """No such provider is enabled here."""


@cache
def _drivers() -> dict[str, Driver]:
    drivers: dict[str, Driver] = {}
    for path in settings.PROVIDER_DRIVERS:
        driver = import_string(path)()
        if driver.code in drivers:
            raise ValueError(f"PROVIDER_DRIVERS: {path} has the code {driver.code!r}, which another driver has too")
        drivers[driver.code] = driver
    return drivers


def all_drivers() -> list[Driver]:
    """List every driver that PROVIDER_DRIVERS names, enabled or not."""
    return list(_drivers().values())


def is_enabled(code: str) -> bool:
    """Tell whether new payments may use this provider (ENABLED_PROVIDERS)."""
    return code in _drivers() and (not settings.ENABLED_PROVIDERS or code in settings.ENABLED_PROVIDERS)


def get(code: str) -> Driver:
    """Return the driver of a provider, also of one that is no longer enabled. Raises `UnknownProvider`."""
    try:
        return _drivers()[code]
    except KeyError:
        raise UnknownProvider(code) from None


@receiver(setting_changed)
def _forget(*, setting: str, **_: Any) -> None:
    if setting == "PROVIDER_DRIVERS":
        _drivers.cache_clear()
