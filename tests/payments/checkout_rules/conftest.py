"""An order system whose rules are looked at."""

from tests.payments.api.conftest import _fresh_keys, backoffice, live_shop, shop, stranger

__all__ = ["_fresh_keys", "backoffice", "live_shop", "shop", "stranger"]
