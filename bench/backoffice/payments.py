"""The list of payments: each tab, filter and order, first page and deep page, searches, one payment's page; and its peer."""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.urls import reverse

from backoffice.lists.pages import write_position
from payments.models import Payment, PspReference, Subscription

from .frame import Case, Scene

_LIST, _SEARCH = 200.0, 100.0  # milliseconds, p95


class _Plain(admin.ModelAdmin):  # type: ignore[type-arg]
    """What a Django admin does by itself over the same table: LIMIT and OFFSET, and COUNT(*) for its pages."""

    list_display = ("business_state", "created_at", "shop_transaction_id", "amount", "method", "provider", "type")
    list_filter = ("business_state", "mode")
    search_fields = ("shop_transaction_id",)
    ordering = ("-created_at",)
    list_per_page = 25


def cases(scene: Scene) -> Iterator[Case]:
    """Yield the cases, and Django's own list as the peer of the first ones."""
    address = reverse("admin:payments_payment_changelist")

    def page(name: str, who: str = "all", limit: float = _LIST, **query: str) -> Case:
        return Case(f"list, {name}, {who}", scene.get(f"{address}?{urlencode(query)}", who), limit)

    yield from _peers()
    sample = Payment.objects.order_by("created_at")[Payment.objects.count() // 2]
    deep = write_position((sample.created_at, sample.pk))
    day = f"{sample.created_at:%Y-%m-%d}"
    for who in ("all", "scoped"):
        yield page("first page", who)
        yield page("deep page", who, after=deep)
        yield page("oldest first", who, sort="oldest")
        for status in ("1", "0", "3", "2", "1000", "1001", "20", "1010"):
            yield page(f"status {status}", who, status=status)
        yield page("failed, deep page", who, status="1000", after=deep)
        yield page("in doubt", who, doubt="yes")
        yield page("one day long ago", who, **{"from": day, "to": day})
        yield page("this year", who, period="ytd")
        for name in ("provider", "method", "type"):
            for value in Payment.objects.order_by().values_list(name, flat=True).distinct():
                yield page(f"{name} {value}", who, **{name: value})
        for channel in ("web", "kiosk", "nowhere"):
            yield page(f"channel {channel}", who, channel=channel)
        for currency in ("EUR", "KWD", "CHF"):
            yield page(f"currency {currency}", who, currency=currency)
            yield page(f"currency {currency}, highest first", who, currency=currency, sort="highest")
        yield page("one amount", who, amount_from="42.42", amount_to="42.42")
        yield page("amounts, a few", who, amount_from="42", amount_to="43", currency="EUR")
        yield page("amounts, half of all", who, amount_from="2000")
        yield page("four filters", who, status="1000", method=sample.method, mode="live", period="ytd")
        yield page("failed at the rarest method, EUR", who, status="1000", method="wallet", currency="EUR")
    email = sample.buyer.get("email", "") or "nobody@shop.example"
    reference = PspReference.objects.order_by("pk").values_list("value", flat=True)[1000]
    for who in ("all", "scoped"):
        yield page("search shop id", who, _SEARCH, q=sample.shop_transaction_id)
        yield page("search beginning of shop id", who, _SEARCH, q=sample.shop_transaction_id[:-2])
        yield page("search common beginning of shop id", who, q=sample.shop_transaction_id[:4])
        yield page("search provider's id", who, _SEARCH, q=reference)
        yield page("search pay_ id", who, _SEARCH, q=sample.public_id)
        yield page("search e-mail", who, _SEARCH, q=email)
        yield page("search beginning of e-mail", who, q=email[:6])
        yield page("search amount", who, q="42.42")
        yield page("search nothing like it", who, _SEARCH, q="zzz-nothing")
    yield Case("payment's page", scene.get(reverse("admin:payments_payment_change", args=[sample.pk])), _LIST)
    totals = reverse("admin:payments_payment_totals")
    yield Case("totals, all rows", scene.get(totals, **{"HX-Request": "true"}), 8000)
    yield Case("totals, failed", scene.get(f"{totals}?status=1000", **{"HX-Request": "true"}), 8000)
    if Subscription.objects.exists():
        subscriptions = reverse("admin:payments_subscription_changelist")
        yield Case("subscriptions, first page", scene.get(subscriptions), _LIST)
        yield Case("subscriptions, active", scene.get(f"{subscriptions}?status=active"), _LIST)


def _peers() -> Iterator[Case]:
    plain, user = _Plain(Payment, AdminSite()), User.objects.get(username="bench-all")

    def asker(**query: str) -> Callable[[], int]:
        request = RequestFactory().get("/", query)
        request.user = user
        return lambda: len("".join(str(row) for row in plain.get_changelist_instance(request).result_list))

    yield Case("peer: Django's list without its page, first page", asker())
    yield Case("peer: Django's list without its page, page 4,000", asker(p="4000"))
    yield Case("peer: Django's list without its page, search order-77", asker(q="order-77"))
