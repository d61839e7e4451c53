"""System checks: what a driver declares is what it has, and its names collide with no path."""

import re
from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, register

from .port import Driver
from .registry import all_drivers
from .types import Operation

RESERVED_PROVIDERS = frozenset(
    {
        "v1",
        "v3",
        "auto",
        "saga",
        "fm",
        "payments",
        "pgm-bff",
        "transactions-saga",
        "fm-transactions",
        "fm-subscriptions",
        "subscriptions-view",
        "rule",
        "rules",
        "check",
        "adaptive-checkout",
    }
    | {
        "invoices",
        "analytics",
        "send",
        "print-pdf",
        "documentation",
        "admin-api",
        "admin",
        "payment",
        "l",
        "return",
        "c",
    }
    | {"webhooks", "static", "notify", "export", "rule", "check", "adaptive-checkout"}
)
RESERVED_METHODS = frozenset(
    {"pay", "authorize", "capture", "cancel", "refund", "status", "check", "callback", "subscription", "utility"}
    | {"pay-by-link", "schedule", "start", "update", "expire"}
)
_NAME = re.compile(r"^[a-z][a-z0-9-]{0,31}$")


@register("providers")
def drivers_keep_their_contract(**_: Any) -> Sequence[CheckMessage]:
    """Report drivers whose declaration and code disagree, or whose names are taken."""
    return [message for driver in all_drivers() for message in problems(driver)]


def problems(driver: Driver) -> list[CheckMessage]:
    """List what is wrong with one driver."""
    where = f"{type(driver).__module__}.{type(driver).__name__}"
    found: list[CheckMessage] = []
    for operation in Operation:
        hook = operation.value
        overridden = getattr(type(driver), hook) is not getattr(Driver, hook)
        if operation in driver.operations and not overridden:
            found.append(Error(f"{where} declares {hook} but does not override {hook}().", id="providers.E001"))
        if operation not in driver.operations and overridden:
            found.append(Error(f"{where} overrides {hook}() but does not declare it.", id="providers.E002"))
    if driver.checks_connection != (type(driver).check_connection is not Driver.check_connection):
        found.append(Error(f"{where}: checks_connection and check_connection() disagree.", id="providers.E006"))
    if not _NAME.match(driver.code) or driver.code in RESERVED_PROVIDERS:
        found.append(Error(f"{where}: the code {driver.code!r} is reserved or malformed.", id="providers.E003"))
    for method in driver.methods:
        if not _NAME.match(method) or method in RESERVED_METHODS:
            found.append(Error(f"{where}: the method {method!r} is reserved or malformed.", id="providers.E004"))
    if Operation.PAY in driver.operations and not driver.methods:
        found.append(Error(f"{where} offers pay but names no method.", id="providers.E005"))
    return found
