"""Find payments by an id of the shop, of a PSP or of ours, by index look-ups only."""

import uuid

from django.db.models import Q, QuerySet

from paymenthub.kernel import ids
from payments.models import Mode, Payment, Project, PspReference

_MOST = 500
_SHORTEST_PREFIX = 3
_OUR_PREFIX = f"{ids.PAYMENT}_"
_FEWEST_DIGITS = 8  # of ours: fewer would name the payments of weeks


def find_payments(term: str, projects: QuerySet[Project]) -> Q:
    """Make the filter of the payments of these projects that a search term names.

    Our own id and UUID match whole, ours also by its beginning; a shop transaction id whole or by its beginning; a PSP's
    id whole. Never by a part in the middle: that would read every payment ever made.
    """
    whole = ids.parse_public_id(ids.PAYMENT, term)
    if whole is not None:
        return Q(pk=whole) | _by_foreign_ids(term, projects)
    if term.startswith(_OUR_PREFIX):
        span = _span(term.removeprefix(_OUR_PREFIX))
        if span is not None:
            return Q(pk__range=span)
    return _by_foreign_ids(term, projects)


def _by_foreign_ids(term: str, projects: QuerySet[Project]) -> Q:
    # Naming project and mode lets the index on (project, mode, shop transaction id) serve the search. What other projects
    # have must not count: it would fill the places, or tell by what is missing that it is there.
    mine = list(projects.values_list("pk", flat=True))
    there = Payment.objects.filter(project_id__in=mine, mode__in=Mode.values)
    exact = there.filter(shop_transaction_id=term)
    found = set(exact.values_list("pk", flat=True)[:_MOST])
    of_psps = PspReference.objects.filter(value=term, project_id__in=mine)
    found |= set(of_psps.values_list("payment_id", flat=True)[:_MOST])
    if not found and len(term) >= _SHORTEST_PREFIX:
        begins = there.filter(shop_transaction_id__startswith=term)
        found = set(begins.values_list("pk", flat=True)[:_MOST])
    return Q(pk__in=found)


def _span(digits: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    if not _FEWEST_DIGITS <= len(digits) < 32 or not set(digits.lower()) <= set("0123456789abcdef"):
        return None
    return uuid.UUID(hex=digits.ljust(32, "0")), uuid.UUID(hex=digits.ljust(32, "f"))
