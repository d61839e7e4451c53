"""The types of events that merchants are told of."""

from .news import CALLBACKS, CHECKED
from .subscription import Word

CALLBACK_TYPES: tuple[str, ...] = (*dict.fromkeys(kind for kind, _ in CALLBACKS.values()), CHECKED, *Word)
"""Every type that a callback may have, as endpoints choose among them."""
