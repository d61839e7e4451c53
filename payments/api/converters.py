"""Path segments that name a provider or a method: never one of the hub's own words."""

from django.urls.converters import StringConverter

from providers.checks import RESERVED_METHODS, RESERVED_PROVIDERS


class _Name(StringConverter):
    regex = "[a-z][a-z0-9-]{0,31}"
    reserved: frozenset[str]

    def to_python(self, value: str) -> str:
        """Return the name; ValueError, which means «no such path», for a reserved word."""
        if value in self.reserved:
            raise ValueError(value)
        return value


class ProviderName(_Name):
    """A provider's code."""

    reserved = RESERVED_PROVIDERS


class MethodName(_Name):
    """A payment method's code."""

    reserved = RESERVED_METHODS
