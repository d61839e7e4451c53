"""The list of subscriptions: its filters and search, tabs, orders and columns."""

from functools import reduce
from operator import or_

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from backoffice.access import projects_of, scoped, visible_projects
from backoffice.lists.filters import Amounts, Choice, Days, Filter
from backoffice.lists.listing import Listing, Sort, Tab
from backoffice.lists.pages import Order
from backoffice.lists.reading import read
from backoffice.payment_filters import method_options, project_options, provider_options
from backoffice.status import Look
from paymenthub.kernel import ids
from payments.domain.subscription import RunBy
from payments.models import Mode, Payment, Subscription
from payments.selectors.subscription_list import having
from providers.types import SubscriptionStatus

_DARK, _LIGHT = "#101418", "#ffffff"
LOOKS = {
    SubscriptionStatus.PENDING: Look(_("Pending"), "∞", "#FA6B02", _DARK),
    SubscriptionStatus.ACTIVE: Look(_("Active"), "✓", "#349E47", _DARK),
    SubscriptionStatus.PAST_DUE: Look(_("Past due"), "!", "#F03838", _DARK),
    SubscriptionStatus.EXPIRED: Look(_("Expired"), "◷", "#7A5B12", _LIGHT),
    SubscriptionStatus.CANCELED: Look(_("Cancelled"), "–", "#5B6472", _LIGHT),
    SubscriptionStatus.UNKNOWN: Look(_("Unknown"), "?", "#FFD54A", _DARK),
}
_TABS = {
    "active": (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE, SubscriptionStatus.PENDING),
    "not_active": (SubscriptionStatus.EXPIRED, SubscriptionStatus.CANCELED),
}
_SHORTEST_PREFIX = 3


def filtered_subscriptions(user: User | AnonymousUser, query: QueryDict) -> QuerySet[Subscription]:
    """Return the very subscriptions that the list shows a person under a URL's query string, newest first."""
    reading = read(SUBSCRIPTION_FILTERS, find_subscriptions, query, user)
    found = scoped(Subscription.objects.all(), user, "project").filter(reading.condition)
    if reading.is_usable and reading.active and projects_of(user) is None:
        # Naming every project and mode lets the indexes serve, all of which begin with both.
        found = found.filter(project__in=visible_projects(user).order_by().values("pk"), mode__in=Mode.values)
    return found.order_by("-created_at", "-id")


def find_subscriptions(term: str, user: User | AnonymousUser) -> Q:
    """Make the filter of the subscriptions that a person means.

    The shop's id matches whole or by its beginning; our own id, the provider's token and a payment's id whole.
    """
    whole = ids.parse_public_id(ids.SUBSCRIPTION, term)
    if whole is not None:
        return Q(pk=whole)
    mine = scoped(Payment.objects.filter(subscription__isnull=False), user, "project")
    found = Q(shop_subscription_id=term) | Q(token=term)
    found |= Q(pk__in=list(mine.filter(shop_transaction_id=term).values_list("subscription_id", flat=True)[:2]))
    if len(term) >= _SHORTEST_PREFIX:
        found |= Q(shop_subscription_id__startswith=term)
    return found


def _of_status(values: list[str]) -> Q:
    words = [word for value in values for word in _TABS.get(value, ()) or (SubscriptionStatus(value),)]
    return reduce(or_, (having(word) for word in words))


SUBSCRIPTION_FILTERS: tuple[Filter, ...] = (
    Choice(
        "status",
        _("Status"),
        lambda user: [
            ("active", _("Active in any way")),
            ("not_active", _("Not active")),
            *((word.value, look.label) for word, look in LOOKS.items() if word is not SubscriptionStatus.UNKNOWN),
        ],
        _of_status,
    ),
    Days(_("Date (UTC)")),
    Amounts(_("Amount")),
    Choice("provider", _("Provider"), provider_options, lambda values: Q(provider__in=values), strict=False),
    Choice("method", _("Method"), method_options, lambda values: Q(method__in=values), strict=False),
    Choice(
        "run_by",
        _("Charged by"),
        lambda user: [
            (RunBy.PROVIDER.value, _("the provider")),
            (RunBy.HUB.value, _("this hub")),
            (RunBy.SHOP.value, _("the shop, payment by payment")),
        ],
        lambda values: Q(run_by__in=values),
    ),
    Choice("project", _("Project"), project_options, lambda values: Q(project__in=values)),
    Choice("mode", _("Mode"), lambda user: list(Mode.choices), lambda values: Q(mode__in=values)),
)

SUBSCRIPTIONS = Listing(
    key="subscriptions",
    filters=SUBSCRIPTION_FILTERS,
    search=find_subscriptions,
    search_help=_("Shop's id, a payment's id, sub_…, provider's token"),
    rows=filtered_subscriptions,
    tabs=(
        Tab(_("All")),
        Tab(_("Active"), {"status": "active"}),
        Tab(_("Not active"), {"status": "not_active"}),
        Tab(_("Past due"), {"status": SubscriptionStatus.PAST_DUE.value}),
    ),
    tab_names=("status",),
    sorts={
        "newest": Sort(_("Newest first"), Order()),
        "oldest": Sort(_("Oldest first"), Order(falling=False)),
    },
    columns={
        "status": _("Status"),
        "created": _("Date (UTC)"),
        "shop_id": _("Subscription ID"),
        "money": _("Amount"),
        "how_often": _("How often"),
        "next_on": _("Next payment"),
        "method_shown": _("Method"),
        "provider_shown": _("Provider"),
        "run_shown": _("Charged by"),
        "ends_shown": _("Ends"),
        "project": _("Project"),
        "mode": _("Mode"),
    },
    usual=("status", "created", "shop_id", "money", "how_often", "next_on", "method_shown", "provider_shown"),
    sums={},  # a month's price and a year's add up to nothing
)
