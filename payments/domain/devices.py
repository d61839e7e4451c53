"""What a customer's browser says of itself: phone or desktop, and whether Apple Pay can run there."""

import re
from enum import StrEnum

_PHONE = re.compile(r"Mobi|iPhone|iPod|Windows Phone|Opera Mini", re.IGNORECASE)
_APPLE_TOUCH = re.compile(r"\b(?:iPhone|iPad|iPod)\b")
_SAFARI_ON_MAC = re.compile(r"Macintosh.*Version/\d.*Safari/")
_NOT_SAFARI = re.compile(r"Chrom(?:e|ium)/|Edg/|OPR/|Firefox/")


class Device(StrEnum):
    """Where the customer pays."""

    DESKTOP = "desktop"
    PHONE = "phone"


def device_of(user_agent: str) -> Device:
    """Tell a phone from everything else; a tablet has room for the desktop's page."""
    return Device.PHONE if _PHONE.search(user_agent) else Device.DESKTOP


def runs_apple_pay(user_agent: str) -> bool:
    """Tell whether Apple Pay can run: any browser of an iPhone or iPad, and Safari on a Mac."""
    if _APPLE_TOUCH.search(user_agent):
        return True
    return bool(_SAFARI_ON_MAC.search(user_agent)) and not _NOT_SAFARI.search(user_agent)


def redirect_for(device: str, *, url: str, url_mobile: str) -> str:
    """Choose between a provider's two addresses: the mobile one on a phone, where both are given."""
    return (url_mobile or url) if device == Device.PHONE else (url or url_mobile)
