"""Try a provider account's credentials, without moving money, with a row in the audit trail."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from paymenthub.kernel import clock, db, ids
from paymenthub.kernel.crypto import SealBroken
from paymenthub.kernel.redact import redact_text
from payments.attempts.transport import transport
from payments.models import AuditAction, AuditOutcome, ProviderAccount
from payments.selectors import accounts
from providers import registry
from providers.errors import DriverError, Unsupported
from providers.port import Call

from .configuring import note
from .install_machine import By

logger = logging.getLogger(__name__)

_LONGEST = 300
_SHORTEST_SECRET = 6  # characters; shorter settings are words


@dataclass(frozen=True, slots=True)
class Connection:
    """What came of a try; `message` is redacted, `elapsed_ms` in milliseconds."""

    is_good: bool
    message: str
    elapsed_ms: int = 0


def can_be_checked(account: ProviderAccount) -> bool:
    """Tell whether the account's driver has a call that only tries the credentials."""
    try:
        return registry.get(account.provider).checks_connection
    except registry.UnknownProvider:
        return False


def check_connection(*, account: ProviderAccount, by: By) -> Connection:
    """Ask the provider once whether it takes the account's credentials, with no transaction open.

    Never raises for what the provider does: that is the answer. Nothing is retried.
    """
    began = clock.monotonic()
    came = replace(_ask(account), elapsed_ms=round((clock.monotonic() - began) * 1000))
    with db.durable():
        note(
            account, AuditAction.CONNECTION, by, f"The connection of {account.name}: {came.message}",
            after={"isGood": came.is_good, "elapsedMs": came.elapsed_ms},
            outcome=AuditOutcome.OK if came.is_good else AuditOutcome.KO,
        )  # fmt: skip
    return came


def _ask(account: ProviderAccount) -> Connection:
    try:
        driver, opened = registry.get(account.provider), accounts.opened(account)
    except registry.UnknownProvider:
        return Connection(False, "No driver of this provider is installed here.")
    except SealBroken:
        return Connection(False, "The settings cannot be opened with the hub's present encryption keys.")
    call = Call(opened, transport(), idempotency_key=f"ph-check-{ids.new_uuid().hex}", attempt_reference="")
    db.release_connection()
    try:
        return Connection(True, _fit(driver.check_connection(call), opened.config))
    except Unsupported as error:
        return Connection(False, error.message)
    except DriverError as error:
        return Connection(False, _fit(error.message, opened.config))
    except Exception as error:  # a driver's own mistake is an answer too, and no page that breaks
        logger.exception("a driver's check of the connection failed", extra={"provider": account.provider})
        return Connection(False, f"The driver made a mistake ({type(error).__name__}).")


def _fit(message: str, settings: Mapping[str, str]) -> str:
    """Write a provider's words without what looks secret, and surely without the account's own settings: it may quote them."""
    for value in settings.values():
        if len(value) >= _SHORTEST_SECRET:
            message = message.replace(value, "***")
    return redact_text(message)[:_LONGEST]
