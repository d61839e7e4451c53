"""Apple Pay merchant sessions: ask Apple for one, with the merchant's own certificate."""

import json
import logging
import re
import ssl
from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver

from paymenthub.kernel import db
from paymenthub.kernel.errors import InvalidField, ProviderError, ProviderUnavailable, UnsupportedOperation
from paymenthub.kernel.http import NeverSent, Request, SentNoAnswer, Timeouts, Transport

logger = logging.getLogger(__name__)

_APPLES = re.compile(r"https://(?:cn-)?apple-pay-gateway[a-z0-9-]*\.apple\.com(?:/[A-Za-z0-9/_-]{0,100})?")
"""Where a validation address may lead: it comes from a browser, and the certificate goes along with the call."""
_OK = 200


def merchant_session(*, validation_url: str, domain: str, display_name: str) -> dict[str, Any]:
    """Return Apple's session object, which the page hands on as it is.

    Raises InvalidField for an address that is not Apple's, UnsupportedOperation where no certificate is set, and
    ProviderUnavailable or ProviderError where Apple gives none. A session moves no money.
    """
    if not settings.APPLEPAY_CERTIFICATE_FILE or not settings.APPLEPAY_MERCHANT_IDENTIFIER:
        raise UnsupportedOperation(
            "Apple Pay is not set up here: set APPLEPAY_CERTIFICATE_FILE and APPLEPAY_MERCHANT_IDENTIFIER."
        )
    if not _APPLES.fullmatch(validation_url):
        raise InvalidField("This is no address of Apple's.", param="validationUrl")
    body = {
        "merchantIdentifier": settings.APPLEPAY_MERCHANT_IDENTIFIER,
        "displayName": display_name,
        "initiative": "web",
        "initiativeContext": domain,
    }
    request = Request("POST", validation_url, {"Content-Type": "application/json"}, json.dumps(body).encode())
    db.release_connection()
    try:
        answer = _transport().send(request)
    except (NeverSent, SentNoAnswer):
        raise ProviderUnavailable("Apple does not answer; try again.") from None
    try:
        session = json.loads(answer.content)
    except ValueError:
        session = None
    if answer.status != _OK or not isinstance(session, dict):
        logger.warning("Apple gave no merchant session", extra={"status": answer.status})
        raise ProviderError("Apple gave no session: check certificate, merchant identifier and domain.")
    return session


@cache
def _transport() -> Transport:
    """Make the transport that shows the certificate. Raises UnsupportedOperation where the file cannot be used."""
    context = ssl.create_default_context()
    try:
        context.load_cert_chain(
            settings.APPLEPAY_CERTIFICATE_FILE, password=settings.APPLEPAY_CERTIFICATE_PASSWORD or ""
        )
    except (OSError, ssl.SSLError) as error:
        logger.error("the Apple Pay certificate cannot be used", extra={"cause": type(error).__name__})
        raise UnsupportedOperation(
            "Apple Pay is not set up here: APPLEPAY_CERTIFICATE_FILE must be a PEM file with certificate and key, "
            "and APPLEPAY_CERTIFICATE_PASSWORD its password."
        ) from None
    timeouts = Timeouts(
        connect=settings.PSP_CONNECT_TIMEOUT, read=settings.PSP_READ_TIMEOUT, total=settings.PSP_TOTAL_TIMEOUT
    )
    return Transport(timeouts, verify=context)


@receiver(setting_changed)
def _forget(*, setting: str, **_: Any) -> None:
    if setting.startswith("APPLEPAY_"):
        _transport.cache_clear()
