"""Conditions on payments by what people know of them; each is served by an index of its own."""

from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact, StartsWith

from payments.models._payment_search import CHANNEL, CHANNEL_LENGTH, EMAIL, EMAIL_LENGTH, SHOP_ID


def by_email(text: str) -> Q:
    """Match the buyers whose e-mail address is this, or begins so; upper or lower case."""
    return Q(StartsWith(EMAIL, Lower(Value(text[:EMAIL_LENGTH]))))


def by_shop_id(text: str) -> Q:
    """Match the shop transaction ids that are this, or begin so; upper or lower case."""
    return Q(StartsWith(SHOP_ID, Lower(Value(text))))


def by_channel(text: str) -> Q:
    """Match the shop's own word for where the customer was; whole, as it was written."""
    return Q(Exact(CHANNEL, Value(text[:CHANNEL_LENGTH])))
