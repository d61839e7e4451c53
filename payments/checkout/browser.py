"""What a request tells about the browser behind it; all of it may be untrue, so that nothing about money hangs on it."""

from django.conf import settings
from django.http import HttpRequest

from paymenthub.kernel.client_address import client_address
from payments.domain.devices import Device, device_of, redirect_for
from payments.selectors.offered import Client


def client_of(request: HttpRequest) -> Client:
    """Describe the browser for the rules that choose methods."""
    return Client(device=_device(request).value, user_agent=_agent(request), ip=ip_of(request))


def way_on(request: HttpRequest, url: str, mobile_url: str) -> str:
    """Return the provider's page for this browser: phones get the one for phones, where there is one."""
    return redirect_for(_device(request), url=url, url_mobile=mobile_url)


def ip_of(request: HttpRequest) -> str:
    """Return the customer's address, by what trusted proxies say; empty where nobody knows it."""
    return client_address(request.META, settings.TRUSTED_PROXIES)


def _device(request: HttpRequest) -> Device:
    hint = request.headers.get("Sec-CH-UA-Mobile", "")
    return {"?1": Device.PHONE, "?0": Device.DESKTOP}.get(hint) or device_of(_agent(request))


def _agent(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")[:500]
