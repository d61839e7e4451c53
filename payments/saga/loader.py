"""Machines by name and version, for those who drive payments; `payments.selectors.machines` reads them."""

from payments.selectors.machines import DEFAULT, UnknownMachine, machine, newest

__all__ = ["DEFAULT", "UnknownMachine", "machine", "newest"]
