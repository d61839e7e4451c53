"""Every card there is, in the order in which they stand until a person arranges them."""

from django.utils.translation import gettext_lazy as _

from . import live, money, providers
from .card import CardKind

CARDS: dict[str, CardKind] = {
    kind.key: kind
    for kind in (
        CardKind(
            "figures",
            _("In short"),
            _("All payments created in the period, with what happened to them since."),
            money.figures,
            is_wide=True,
        ),
        CardKind(
            "amount-by-day-years",
            _("Amount by day: this year and last"),
            _(
                "The last 365 days over the same days of the year before. Payments that are paid now, "
                "those refunded in part among them."
            ),
            money.years,
            is_wide=True,
        ),
        CardKind(
            "amount-by-day",
            _("Amount by day in the period"),
            _("Payments that are paid now, by the day they were created."),
            money.by_day,
            is_wide=True,
        ),
        CardKind(
            "amount-by-method",
            _("Amount by method"),
            _("Payments that are paid now, those refunded in part among them."),
            money.by_method,
        ),
        CardKind(
            "amount-by-channel",
            _("Amount by channel"),
            _("The channel that the order system named; unknown where it named none."),
            money.by_channel,
        ),
        CardKind(
            "share-by-status",
            _("Share by status"),
            _("All payments created in the period, as they stand now."),
            money.by_status,
        ),
        CardKind(
            "success-by-provider",
            _("Success rate by provider"),
            _("Tries that succeeded, of those that were decided. A try that its customer gave up counts for nobody."),
            providers.success,
        ),
        CardKind("decline-reasons", _("Decline reasons"), _("Tries that a provider declined."), providers.declines),
        CardKind(
            "time-to-final",
            _("Time to the end"),
            _(
                "From the beginning of a payment until its outcome was known: half, nine in ten, 99 in a "
                "hundred were faster."
            ),
            providers.times,
        ),
        CardKind(
            "refunds-and-disputes",
            _("Refunds and disputes"),
            _("Of the payments and the money taken in the period. A dispute that was won still counts as one."),
            money.back,
        ),
        CardKind(
            "in-doubt",
            _("In doubt now"),
            _("Sent to a provider, and nobody knows the outcome yet."),
            live.doubt,
            is_live=True,
        ),
        CardKind(
            "callbacks",
            _("Callbacks to the order system"),
            _("Whether it takes what it is told."),
            live.callbacks,
            is_live=True,
        ),
        CardKind(
            "queues",
            _("Queues"),
            _("What waits to be worked on, and since when."),
            live.queues,
            is_live=True,
            is_wide=True,
        ),
    )
}
