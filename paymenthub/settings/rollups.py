"""The sums that the dashboard and `/analytics` read."""

from . import env

ROLLUP_PROOF_DAYS = env.integer(
    "ROLLUP_PROOF_DAYS",
    40,
    minimum=1,
    maximum=4000,
    help="Days whose sums for the dashboard are compared with their payments every night.",
)
