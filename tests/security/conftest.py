"""The doors, from outside."""

from tests.api_product.conftest import _fresh, world

__all__ = ["_fresh", "world"]
