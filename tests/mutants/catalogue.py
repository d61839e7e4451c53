"""One deliberate break per scenario: the named tests must fail when it is made. Run: python -m tests.mutants"""

from . import beyond, inbound, money
from .mutant import Mutant

__all__ = ["MUTANTS", "Mutant"]

MUTANTS = (*money.MUTANTS, *inbound.MUTANTS, *beyond.MUTANTS)
