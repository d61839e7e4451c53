"""The machine-readable half of an invoice: UN/CEFACT CII in the EN 16931 profile of Factur-X."""

from .build import build
from .gaps import why_not

__all__ = ["build", "why_not"]
