"""The profiles that are offered, by their names in the path."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from payments.selectors import analytics
from payments.selectors.analytics import Range, Row
from payments.selectors.rollups import Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One profile: its rows, what their values are called in a CSV file, and what it takes."""

    name: str
    title: str
    text: str
    columns: tuple[str, ...]
    rows: Callable[[Slice, Range | None], list[Row]]
    example: list[Any]
    has_range: bool = True
    has_money: bool = True
    """Whether it needs one currency; without money all currencies count where none is named."""


_AMOUNTS = (
    "Payments that are paid now. Those refunded in part are among them, with all that was taken (the published product loses "
    "them)."
)

PROFILES = (
    Profile(
        name="amount-transactions-by-day-this-year", title="Amount by day, this year", columns=("timestamp", "total"),
        text=f"{_AMOUNTS} By UTC day, of the 365 days that end today; days without are left out.",
        rows=analytics.this_year, example=[1772323200000, 129.9], has_range=False,
    ),
    Profile(
        name="amount-transactions-by-day-last-year", title="Amount by day, last year", columns=("timestamp", "total"),
        text=f"{_AMOUNTS} The same days a year before, under this year's timestamps; 29 February lies on the 28th.",
        rows=analytics.last_year, example=[1772323200000, 99.5], has_range=False,
    ),
    Profile(
        name="amount-by-method", title="Amount by method", columns=("method", "total"),
        text=f"{_AMOUNTS} By the method's label.", rows=analytics.by_method, example=["Credit Card", 129.9],
    ),
    Profile(
        name="amount-by-channel", title="Amount by channel", columns=("channel", "total"),
        text=f"{_AMOUNTS} By `additionalData.channel`; `unknown` where there is none.",
        rows=analytics.by_channel, example=["web", 129.9],
    ),
    Profile(
        name="percentage-by-status", title="Share by status", columns=("status", "percent"),
        text="The share of each business state in all payments, in percent.",
        rows=analytics.by_status, example=["Payment Paid", 87.5], has_money=False,
    ),
    Profile(
        name="success-rate", title="Success rate by provider", has_money=False,
        columns=("provider", "percent", "succeeded", "declined", "givenUp", "failed", "open"),
        text="Tries at each provider: which share of those that were decided succeeded (null where none was), and how many "
        "stand how. A try that its customer gave up counts for nobody.",
        rows=analytics.success_rate, example=["sandbox", 87.5, 7, 1, 0, 0, 2],
    ),
    Profile(
        name="decline-reasons", title="Decline reasons", columns=("reason", "provider", "declined"), has_money=False,
        text="Declined tries by reason and provider.",
        rows=analytics.decline_reasons, example=["insufficient_funds", "sandbox", 3],
    ),
    Profile(
        name="time-to-final", title="Time to the end", has_money=False,
        columns=("ended", "payments", "p50Seconds", "p90Seconds", "p99Seconds"),
        text="How soon payments were decided, by how they ended: `succeeded`, or `ended` without money. Read from groups of "
        "times that grow by half, so right to a group.",
        rows=analytics.time_to_final, example=["succeeded", 7, 1.2, 8.5, 30.1],
    ),
    Profile(
        name="refunds-and-disputes", title="Refunds and disputes",
        columns=("what", "payments", "of", "percent", "taken", "back", "percentOfMoney"),
        text="Of the payments that brought money: how many were refunded or disputed, and how much of the money went back.",
        rows=analytics.refunds_and_disputes, example=["refund", 8, 1, 12.5, 1039.2, 60, 5.77],
    ),
)  # fmt: skip
