"""The doors, from outside."""

from tests.api_product.conftest import _fresh, files, standing_world, world

__all__ = ["_fresh", "files", "standing_world", "world"]
