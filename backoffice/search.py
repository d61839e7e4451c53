"""Find payments by what people have at hand: an id, a customer's address, an amount, a link's code; by index look-ups only."""

import uuid
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet

from backoffice.access import scoped
from backoffice.lists.values import amount_between, readings
from paymenthub.kernel import ids
from paymenthub.kernel.money import is_currency
from payments.models import Payment, PaymentLink, PspReference
from payments.selectors.payment_search import by_email, by_shop_id

_MOST = 500  # rows that are named one by one
_SHORTEST_PREFIX = 3
_CURRENCY = 3  # letters
_OUR_PREFIX = f"{ids.PAYMENT}_"
_FEWEST_DIGITS = 8  # of ours: fewer would name the payments of weeks


def find_payments(term: str, user: User | AnonymousUser) -> Q:
    """Make the filter of the payments that a person means by a search term; what it finds is still to be scoped.

    Our own id and UUID match whole, ours also by its beginning; a provider's id and a link's code whole; a shop
    transaction id and an e-mail address whole or by their beginning, in upper or lower case; an amount in major units,
    with or without its currency. Never by a part in the middle: that would read every payment ever made. What is whole
    comes alone: beginnings are looked for only where nothing of the person's has the whole term as its id.
    """
    mine = scoped(Payment.objects.all(), user, "project")
    whole = ids.parse_public_id(ids.PAYMENT, term)
    named = Q() if whole is None else Q(pk=whole)
    named |= _by_ids(term, mine)
    if named and mine.filter(named).exists():
        return named
    if term.startswith(_OUR_PREFIX):
        span = _span(term.removeprefix(_OUR_PREFIX))
        if span is not None:
            return Q(pk__range=span)
    found = _by_amount(term)
    if len(term) >= _SHORTEST_PREFIX:
        found |= by_shop_id(term) | by_email(term)
    return found or Q(pk__in=[])


def _by_ids(term: str, mine: QuerySet[Payment]) -> Q:
    """Match by an id or code that is the whole term; an empty condition where nothing has it."""
    found = Q()
    for name, ids_of in (
        ("pk__in", PspReference.objects.filter(value=term, payment__in=mine).values_list("payment_id", flat=True)),
        ("pk__in", mine.filter(by_shop_id(term), shop_transaction_id=term).values_list("pk", flat=True)),
        ("link_id__in", PaymentLink.objects.filter(code=term).values_list("pk", flat=True)),
    ):
        some = list(ids_of[: _MOST + 1])
        if some:  # few are named one by one, which every plan is good at
            found |= Q(**{name: some if len(some) <= _MOST else ids_of})
    return found


def _by_amount(term: str) -> Q:
    """Match an amount such as `12,50` or `12.50 EUR`; each reading of one that has two."""
    text, currency = term, ""
    for cut, kept in ((term[-_CURRENCY:], term[:-_CURRENCY]), (term[:_CURRENCY], term[_CURRENCY:])):
        if is_currency(cut.upper()):
            text, currency = kept, cut.upper()
            break
    found = Q()
    for value in readings(text):
        found |= _exactly(value, currency)
    return found


def _exactly(value: Decimal, currency: str) -> Q:
    return amount_between(value, value, currency)


def _span(digits: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    if not _FEWEST_DIGITS <= len(digits) < 32 or not set(digits.lower()) <= set("0123456789abcdef"):
        return None
    return uuid.UUID(hex=digits.ljust(32, "0")), uuid.UUID(hex=digits.ljust(32, "f"))
