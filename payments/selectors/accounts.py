"""Provider accounts: which one a payment uses, and its credentials opened for one call."""

import json
from collections.abc import Iterator
from typing import Any

from paymenthub.kernel import clock
from paymenthub.kernel.errors import Conflict, InvalidField, NotFound
from payments.models import AccountStanding, Project, ProviderAccount
from providers import registry
from providers.types import Account

from .keyring import ring


def _context(account: ProviderAccount) -> bytes:
    return f"provider_account:{account.id.hex}".encode()


def seal_config(account: ProviderAccount, config: dict[str, Any]) -> str:
    """Encrypt an account's settings for its own row; nobody else's row can open them."""
    return ring().seal(json.dumps(config).encode(), context=_context(account))


def opened(account: ProviderAccount) -> Account:
    """Decrypt an account for a call to its PSP. Never log or store the result."""
    config = json.loads(ring().open(account.config_sealed, context=_context(account)))
    return Account(id=account.external_id or account.id.hex, live=account.mode == "live", config=config)


def opened_before(account: ProviderAccount) -> Account | None:
    """Decrypt the settings that an account had before they were replaced: what was verified under them still waits."""
    if not account.previous_config_sealed:
        return None
    config = json.loads(ring().open(account.previous_config_sealed, context=_context(account)))
    return Account(id=account.external_id or account.id.hex, live=account.mode == "live", config=config)


def opened_for_notifications(account: ProviderAccount) -> Iterator[Account]:
    """Decrypt the settings under which a notification may be signed now: while they overlap, those before them too."""
    yield opened(account)
    if account.previous_config_until is not None and account.previous_config_until > clock.now():
        before = opened_before(account)
        if before is not None:
            yield before


def for_new_payment(*, project: Project, mode: str, provider: str, name: str = "") -> ProviderAccount:
    """Find the account for something new: the named one, else the default one. Raises NotFound, or Conflict where it
    takes nothing new."""
    accounts = ProviderAccount.objects.filter(project=project, mode=mode, provider=provider)
    account = (accounts.filter(name=name) if name else accounts.filter(is_default=True)).first()
    if account is None:
        wanted = f" named {name!r}" if name else ""
        raise NotFound(f"This project has no {mode} account{wanted} at {provider}.", param="provider")
    if account.standing != AccountStanding.ACTIVE:
        raise Conflict(f"The account {account.name!r} at {provider} takes no new payments.", param="provider")
    return account


def only_method(*, project: Project, mode: str, provider: str, name: str = "") -> str:
    """Return the method of an account that offers only one. Raises NotFound, Conflict, or InvalidField for several."""
    methods = for_new_payment(project=project, mode=mode, provider=provider, name=name).methods
    if len(methods) != 1:
        offered = ", ".join(methods)
        raise InvalidField(f"Name one of this account's methods in the path: {offered}.", param="method")
    found: str = methods[0]
    return found


def provider_name(code: str) -> str:
    """Name a provider to people."""
    return registry.get(code).display_name
