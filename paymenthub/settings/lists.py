"""How long the backoffice's lists may keep the database busy."""

from . import env

LIST_TIMEOUT = env.integer(
    "LIST_TIMEOUT",
    5000,
    minimum=100,
    maximum=60_000,
    help="Milliseconds that the database may spend on one page of a backoffice list; then the page says so.",
)
LIST_TOTALS_TIMEOUT = env.integer(
    "LIST_TOTALS_TIMEOUT",
    8000,
    minimum=100,
    maximum=120_000,
    help="Milliseconds that the database may spend on adding up the filtered rows of a backoffice list; then the page says "
    "that there are too many.",
)
