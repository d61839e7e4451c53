"""What the filtered rows come to, for each currency by itself and exactly; or that there are too many to add up now."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Sum
from django.http import QueryDict

from payments.selectors.explain import amount

from .bounded import bounded
from .listing import Listing


def totals(listing: Listing, user: User | AnonymousUser, query: QueryDict) -> list[dict[str, Any]]:
    """Count and add up the rows, currency by currency, in one statement: one moment's truth. Raises TooSlow."""
    sums = {name: Sum(expression) for name, (_words, expression) in listing.sums.items()}
    with bounded(settings.LIST_TOTALS_TIMEOUT):
        rows = listing.rows(user, query).order_by()
        found = list(rows.values("currency").annotate(rows=Count("pk"), **sums).order_by("-rows", "currency"))
    return [
        {
            "currency": row["currency"],
            "rows": row["rows"],
            "rows_shown": f"{row['rows']:,}",
            "sums": [
                (words, amount(int(row[name] or 0), row["currency"])) for name, (words, _e) in listing.sums.items()
            ],
        }
        for row in found
    ]
