"""By what an order can be paid: the project's default accounts, and the methods that their providers offer."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

from payments.models import AccountStanding, Project, ProviderAccount
from providers import registry
from providers.types import Operation


@dataclass(frozen=True, slots=True)
class Choice:
    """One provider and one of its methods."""

    provider: str
    method: str
    shown: str


def choices(project: Project, mode: str, currency: str, *, provider: str = "", method: str = "") -> list[Choice]:
    """List what may be chosen, the same at every look; `provider` and `method` narrow it down."""
    accounts = ProviderAccount.objects.filter(
        project=project, mode=mode, is_default=True, standing=AccountStanding.ACTIVE
    )
    if provider:
        accounts = accounts.filter(provider=provider)
    found = [choice for account in accounts.order_by("provider", "id") for choice in _of(account, currency)]
    return [choice for choice in found if method in ("", choice.method)]


def _of(account: ProviderAccount, currency: str) -> Iterator[Choice]:
    if not registry.is_enabled(account.provider):
        return
    driver = registry.get(account.provider)
    operation = Operation.PAY if settings.ORDER_CAPTURE_ON == "at_once" else Operation.AUTHORIZE
    if not driver.takes(currency):
        return
    for method in account.methods:
        if driver.offers(operation, method=method):
            yield Choice(account.provider, method, f"{driver.display_name}: {method.replace('-', ' ')}")
