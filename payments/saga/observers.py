"""Who is told of every change to a payment, inside the transaction that writes it.

The bus and an outside Flow Manager stand above the saga and may not be imported by it: they register here, from
`AppConfig.ready()`. What an observer writes is there if and only if the change is.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .change import Change

Observer = Callable[["Change"], None]

_observers: list[Observer] = []


def observe(observer: Observer) -> None:
    """Call `observer` with every change once its rows are written; an error of its own undoes the change."""
    if observer not in _observers:
        _observers.append(observer)


def tell(change: "Change") -> None:
    """Tell everybody who registered, in the order of registration."""
    for observer in _observers:
        observer(change)
