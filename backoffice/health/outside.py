"""The others: providers whose breaker is open, and addresses of order systems that take no callbacks."""

from collections import Counter
from urllib.parse import urlsplit

from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache
from django.utils.translation import gettext as _

from backoffice.access import scoped
from backoffice.links import page_of
from payments.models import Delivery, DeliveryState, ProviderAccount
from payments.selectors.breakers import down
from payments.selectors.explain import provider_name

from .check import Check, Group, Light, light_of

_MOST = 500
_LISTED = 10
_TRIES = 3


def outside(user: User | AnonymousUser) -> Group:
    """Tell of the providers and order systems of a person's projects."""
    return Group(_("Providers and order systems"), (*_breakers(user), *_endpoints(user)))


def _breakers(user: User | AnonymousUser) -> list[Check]:
    accounts = scoped(ProviderAccount.objects.select_related("project"), user, "project").order_by("pk")
    rows = {account.pk: account for account in accounts[:_MOST]}
    limit = _("red while nothing new is sent to an account")
    step = _("The provider does not answer. It is tried by itself after a pause; look at its status page.")
    try:
        cache.get("health")
    except Exception:  # noqa: BLE001 - whatever the client raises: the breakers' state is kept there
        return [Check(_("Breakers"), _("not known without the broker"), Light.GREY, limit)]
    closed = [
        Check(
            _("Breaker of %(provider)s") % {"provider": provider_name(rows[key].provider)},
            f"{rows[key].name} · {rows[key].project} · {rows[key].mode}",
            Light.RED,
            limit,
            step,
            page_of(rows[key]) if user.has_perm("payments.view_provideraccount") else "",
        )
        for key in sorted(down(rows))[:_LISTED]
    ]
    return closed or [
        Check(
            _("Breakers"),
            _("no provider account is held back (of %(count)d)") % {"count": len(rows)},
            Light.GREEN,
            limit,
        )
    ]


def _endpoints(user: User | AnonymousUser) -> list[Check]:
    failing = scoped(Delivery.objects.filter(state=DeliveryState.DUE, tries__gte=_TRIES), user, "project")
    hosts = Counter(urlsplit(url).netloc.rpartition("@")[2] for url in failing.values_list("url", flat=True)[:_MOST])
    limit = _("amber from 1, red from 20 callbacks that failed three times or more")
    step = _("Open the callbacks: each try says what was answered. Tell the order system's people.")
    if not hosts:
        return [Check(_("Addresses that fail"), _("none"), Light.GREEN, limit)]
    return [
        Check(
            _("Address that fails: %(host)s") % {"host": host},
            _("%(count)d callbacks wait") % {"count": count},
            light_of(count, amber=1, red=20),
            limit,
            step,
        )
        for host, count in hosts.most_common(_LISTED)
    ]
