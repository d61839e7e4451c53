"""The settings of `make up`, a PSP that answers at once, and a view that does nothing."""

from paymenthub.settings.local import *  # noqa: F403 - settings are put together like this

INSTALLED_APPS = [*INSTALLED_APPS, "bench"]  # noqa: F405
PROVIDER_DRIVERS = ["bench.instant.InstantDriver"]
ROOT_URLCONF = "bench.urls"
# Counted, so that counting is part of what is measured, and never reached.
API_RATE_LIMIT = "1000000/sec"
