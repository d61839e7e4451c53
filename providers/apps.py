"""The providers app: no models; registers the checks of its drivers."""

from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    """Providers: the port and its drivers."""

    name = "providers"

    def ready(self) -> None:
        """Register the system checks."""
        from . import checks  # noqa: F401 - importing registers the checks
