"""Stripe, by its official SDK on the hub's own transport."""

from .driver import StripeDriver

__all__ = ["StripeDriver"]
