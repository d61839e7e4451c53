"""Drivers that are odd on purpose."""

from providers.port import Driver
from providers.types import ConfigField


class MuteDriver(Driver):
    """Offers no operation."""

    code = "mute"
    display_name = "Mute"
    methods = ("credit-cards",)


class KeyedDriver(Driver):
    """Needs settings, one of them a secret."""

    code = "keyed"
    display_name = "Keyed"
    methods = ("credit-cards", "wallet")
    config_fields = (
        ConfigField("merchant", "The merchant"),
        ConfigField("api_key", "The key", secret=True),
        ConfigField("region", "The region", required=False, default="eu"),
    )
