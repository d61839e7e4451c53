"""The transport by which this process talks to PSPs."""

from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver

from paymenthub.kernel.http import Timeouts, Transport


@cache
def transport() -> Transport:
    """Return the shared transport, made when first needed."""
    return Transport(
        Timeouts(connect=settings.PSP_CONNECT_TIMEOUT, read=settings.PSP_READ_TIMEOUT, total=settings.PSP_TOTAL_TIMEOUT)
    )


@receiver(setting_changed)
def _forget(*, setting: str, **_: Any) -> None:
    if setting.startswith("PSP_"):
        transport.cache_clear()
