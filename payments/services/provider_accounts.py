"""Change a provider account."""

from collections.abc import Mapping

from payments.models import ProviderAccount
from payments.selectors import accounts

from .merchants import complete_config, driver_of


def replace_config(*, account: ProviderAccount, config: Mapping[str, str]) -> None:
    """Replace an account's settings and credentials as a whole. Raises InvalidField, never naming a value."""
    complete = complete_config(driver_of(account.provider), config)
    account.previous_config_sealed = account.config_sealed
    account.config_sealed = accounts.seal_config(account, complete)
    account.save(update_fields=["config_sealed", "previous_config_sealed"])
