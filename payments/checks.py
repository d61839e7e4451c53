"""System checks of the core."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured

from paymenthub.kernel import client_address
from payments.domain.machine_loading import MachineError
from payments.saga import handlers, loader
from payments.services import rates
from payments.services.install_machine import check_machine
from providers import registry

_RATES = (
    "API_RATE_LIMIT", "MAIL_RATE_LIMIT", "CHECKOUT_RATE_PER_IP", "CHECKOUT_RATE_PER_LINK", "CHECKOUT_TRIES_PER_IP",
    "CHECKOUT_TRIES_PER_PAYMENT", "KEYLESS_RATE_PER_IP",
)  # fmt: skip


@register("payments")
def settings_make_sense(**_: Any) -> Sequence[CheckMessage]:
    """Report settings that contradict each other or name what is not there."""
    found: list[CheckMessage] = []
    if settings.ATTEMPT_LEASE <= settings.PSP_TOTAL_TIMEOUT:
        found.append(
            Error(
                "ATTEMPT_LEASE must be longer than PSP_TOTAL_TIMEOUT: an attempt would be asked about while it is sent.",
                id="payments.E001",
            )
        )
    known = {driver.code for driver in registry.all_drivers()}
    for code in settings.ENABLED_PROVIDERS:
        if code not in known:
            found.append(Error(f"ENABLED_PROVIDERS names {code!r}, which has no driver.", id="payments.E002"))
    if settings.PAYMENT_CALLBACK_URL and urlsplit(settings.PAYMENT_CALLBACK_URL).scheme not in ("http", "https"):
        found.append(Error("PAYMENT_CALLBACK_URL must be an http(s) URL.", id="payments.E003"))
    if settings.HUB_ENVIRONMENT == "production" and settings.CALLBACK_ALLOW_PRIVATE:
        found.append(Warning("Callbacks may go to private addresses (CALLBACK_ALLOW_PRIVATE).", id="payments.W001"))
    wrong = client_address.problem(settings.TRUSTED_PROXIES)
    if wrong:
        found.append(Error(f"TRUSTED_PROXIES: {wrong}.", id="payments.E006"))
    for name in _RATES:
        try:
            rates.parse(getattr(settings, name))
        except ImproperlyConfigured as error:
            found.append(Error(f"{name}: {error}", id="payments.E007"))
    loader.newest()
    if settings.PAYMENT_MACHINE_FILE:
        found += _default_machine(settings.PAYMENT_MACHINE_FILE)
    return found


@register("payments")
def command_handlers_load(**_: Any) -> Sequence[CheckMessage]:
    """Report each installed command handler that could not be loaded."""
    return [
        Error(
            f"The command handler {name!r} {reason}",
            hint=f"Mend or uninstall the package that offers it in the entry point group {handlers.GROUP}.",
            id="payments.E004",
        )
        for name, reason in handlers.broken().items()
    ]


def _default_machine(path: str) -> list[CheckMessage]:
    try:
        check_machine(Path(path).read_bytes())
    except OSError as error:
        return [Error(f"PAYMENT_MACHINE_FILE {path} cannot be read ({error.strerror}).", id="payments.E005")]
    except MachineError as error:
        return [Error(f"PAYMENT_MACHINE_FILE {path}: {problem}", id="payments.E005") for problem in error.problems]
    return []
