"""Actions of staff: how many rows one may be about, and how long a refund waits for a second person."""

from . import env

BACKOFFICE_BULK_MOST = env.integer(
    "BACKOFFICE_BULK_MOST", 1000, minimum=1, maximum=10000, help="Rows that one bulk action of the backoffice takes."
)
REFUND_APPROVAL_HOURS = env.integer(
    "REFUND_APPROVAL_HOURS",
    72,
    minimum=1,
    maximum=720,
    help="Hours for which a refund over somebody's limit waits for a second person; then it is asked for anew.",
)
