"""Which payments a list's URL means: the one reading that the list, its totals, exports and bulk actions share."""

from collections import Counter

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from backoffice.access import projects_of, scoped, visible_projects
from backoffice.display import label
from backoffice.lists.filters import Amounts, Choice, Days, Filter, Text, Word
from backoffice.lists.reading import Reading, read
from backoffice.search import find_payments
from backoffice.status import BUSINESS_STATES
from payments.domain.attempt import AttemptState
from payments.models import Attempt, Mode, Payment, PaymentType, ProviderAccount
from payments.selectors.explain import provider_name
from payments.selectors.payment_search import by_channel

_Someone = User | AnonymousUser
_MOST_NAMED = 3000


def filtered_payments(user: _Someone, query: QueryDict) -> QuerySet[Payment]:
    """Return the very payments that the list shows a person under a URL's query string, newest first.

    Scoped to the person's projects. A query that cannot be read matches nothing: ask `read_payment_filters` for its
    `problems` and say them. Page, sort and columns of the URL are not looked at.
    """
    reading = read_payment_filters(user, query)
    found = scoped(Payment.objects.all(), user, "project").filter(reading.condition)
    if reading.is_usable and reading.active and projects_of(user) is None:
        # Naming every project and mode lets the indexes serve, all of which begin with both.
        found = found.filter(project__in=visible_projects(user).order_by().values("pk"), mode__in=Mode.values)
    return found.order_by("-created_at", "-id")


def read_payment_filters(user: _Someone, query: QueryDict) -> Reading:
    """Read what a query string asks of the list of payments."""
    return read(PAYMENT_FILTERS, find_payments, query, user)


def provider_options(user: _Someone) -> list[tuple[str, Text]]:
    """Offer the providers of the person's accounts."""
    mine = scoped(ProviderAccount.objects.all(), user, "project")
    codes = mine.order_by("provider").values_list("provider", flat=True).distinct()
    return [(code, provider_name(code)) for code in codes]


def method_options(user: _Someone) -> list[tuple[str, Text]]:
    """Offer the methods of the person's accounts."""
    mine = scoped(ProviderAccount.objects.all(), user, "project")
    offered = mine.values_list("methods", flat=True)
    return [(code, label(code)) for code in sorted({code for methods in offered for code in methods})]


def project_options(user: _Someone) -> list[tuple[str, Text]]:
    """Offer the person's projects, with whose they are where two have one name."""
    projects = list(visible_projects(user))
    often = Counter(project.name for project in projects)
    return [
        (str(each.pk), each.name if often[each.name] == 1 else f"{each.name} ({each.principal.name})")
        for each in projects
    ]


def _in_doubt(values: list[str]) -> Q:
    unknown = Attempt.objects.filter(state=AttemptState.UNKNOWN).order_by().values_list("payment_id", flat=True)
    # Few are named one by one: joined, every payment would be read to see whether it is among them.
    few = list(unknown[: _MOST_NAMED + 1])
    return Q(pk__in=few if len(few) <= _MOST_NAMED else unknown)


PAYMENT_FILTERS: tuple[Filter, ...] = (
    Choice(
        "status",
        _("Status"),
        lambda user: [(str(number), look.label) for number, look in BUSINESS_STATES.items()],
        lambda values: Q(business_state__in=[int(value) for value in values]),
    ),
    Choice(
        "doubt",
        _("In doubt"),
        lambda user: [("yes", _("In doubt"))],
        _in_doubt,
    ),
    Days(_("Date (UTC)")),
    Amounts(_("Amount")),
    Choice("provider", _("Provider"), provider_options, lambda values: Q(provider__in=values), strict=False),
    Choice("method", _("Method"), method_options, lambda values: Q(method__in=values), strict=False),
    Choice("type", _("Type"), lambda user: list(PaymentType.choices), lambda values: Q(type__in=values)),
    Word("channel", _("Channel"), by_channel),
    Choice("project", _("Project"), project_options, lambda values: Q(project__in=values)),
    Choice("mode", _("Mode"), lambda user: list(Mode.choices), lambda values: Q(mode__in=values)),
)
