"""/payment/subscription/{token}: the customer's own page of a subscription. The signed address is the right to all of it."""

import datetime as dt
from typing import Any

from babel import Locale
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from paymenthub.kernel.errors import HubError
from payments.domain.every import every
from payments.domain.subscription import RunBy
from payments.models import Payment, Source, Subscription
from payments.notifications import writing
from payments.selectors.status import Status, status_of
from payments.selectors.subscription_list import payments_of
from payments.selectors.subscription_object import status_of as subscription_status
from payments.selectors.subscription_page_links import subscription_of
from payments.services.checkout_tokens import checkout_url
from payments.services.ordering import By
from payments.services.subscriptions.cancel import cancel
from payments.services.subscriptions.change import change_method
from providers.types import SubscriptionStatus

from .brand import brand_of
from .languages import locale_for
from .render import page
from .ways import name_of
from .words import Words

_PAYMENTS_SHOWN = 24
_PAYMENT_KEYS = {
    Status.ACCEPTED: "subscription.paid",
    Status.FAILED: "subscription.failed",
    Status.PENDING: "subscription.pending",
}


# The address itself is the right: there is no session that another site could make use of.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def subscription_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the subscription, ask before it is cancelled, cancel it, or go on to where its means of payment is given."""
    subscription = subscription_of(token)
    if subscription is None:
        raise Http404("No such subscription.")
    wanted = (request.POST if request.method == "POST" else request.GET).get("do", "")
    if request.method != "POST":
        if wanted == "cancel" and _may_cancel(subscription):
            return _render(request, "cancel", subscription)
        return _render(request, "show", subscription)
    by = By(Source.CHECKOUT, f"request:{request.META.get('hub.request_id', '')}", "customer")
    try:
        if wanted == "cancel" and _may_cancel(subscription):
            cancel(subscription.id, by=by)
            return _to(request.path)
        if wanted == "method" and _may_change_method(subscription):
            return _to(checkout_url(change_method(subscription.id, by=by)))
    except HubError as error:
        # Said truthfully: what was refused has changed nothing.
        return _render(request, "show", subscription, problem=True, status=min(error.status, 503))
    return _to(request.path)


def _to(address: str) -> HttpResponse:
    answer = HttpResponseRedirect(address)
    answer.status_code = 303  # the browser asks with GET
    return answer


def _may_cancel(subscription: Subscription) -> bool:
    return not subscription.has_ended and not subscription.expire_requested


def _may_change_method(subscription: Subscription) -> bool:
    by_us = subscription.run_by != RunBy.PROVIDER and subscription.paid_until_period > 0
    return by_us and not subscription.has_ended and not subscription.expire_requested


def _render(
    request: HttpRequest, name: str, subscription: Subscription, *, problem: bool = False, status: int = 200
) -> HttpResponse:
    locale = locale_for(request, subscription.locale)
    return page(
        request,
        f"checkout/subscription/{name}.html",
        _facts(subscription, locale) | {"problem": problem, "test_mode": subscription.mode == "test"},
        project=subscription.project,
        locale=locale,
        status=status,
    )


def _facts(subscription: Subscription, locale: Locale) -> dict[str, Any]:
    status = subscription_status(subscription)
    upcoming = None if subscription.has_ended else subscription.next_payment_on
    last_day = writing.day(upcoming, locale) if upcoming else ""
    is_past_due = status is SubscriptionStatus.PAST_DUE and not subscription.expire_requested
    next_payment = _next_try(subscription, locale) if is_past_due else last_day
    amount = subscription.amount if subscription.pending_amount is None else subscription.pending_amount
    is_ending = subscription.expire_requested and not subscription.has_ended
    words = Words(locale.language, brand_of(subscription.project).own_texts.get(locale.language))
    word = "PAUSED" if subscription.paused_at is not None and not subscription.has_ended else status.value
    return {
        "name": writing.line(subscription.description or subscription.shop_subscription_id),
        "amount": writing.money(amount, subscription.currency, locale),
        "every": every(subscription.interval, subscription.interval_count, str(locale.language)),
        "status_key": f"subscription.status_{word}",
        "next_payment": "" if is_ending or word == "PAUSED" else next_payment,
        "last_day": last_day if subscription.paid_until_period else "",
        "ending": last_day if is_ending else "",
        "ends": writing.day(subscription.ends_on, locale) if subscription.ends_on and not is_ending else "",
        "method": name_of(subscription.method, words) if subscription.method else "",
        "past_due": is_past_due,
        "may_cancel": _may_cancel(subscription),
        "may_change_method": _may_change_method(subscription),
        "payments": _payments(subscription, locale),
    }


def _next_try(subscription: Subscription, locale: Locale) -> str:
    """Write the day on which what is past due is tried again, or given up."""
    period = subscription.periods.filter(number=subscription.period).first()
    at = period.retry_at if period is not None else None
    return writing.day(subscription.terms.today(at), locale) if at is not None else ""


def _payments(subscription: Subscription, locale: Locale) -> list[dict[str, str]]:
    shown = payments_of(subscription.id, limit=_PAYMENTS_SHOWN)
    periods = subscription.periods.filter(number__in={row.subscription_period for row in shown})
    due: dict[int | None, dt.date] = dict(periods.values_list("number", "due_on"))
    return [
        _shown(row, due.get(row.subscription_period) or subscription.terms.today(row.created_at), locale)
        for row in shown
    ]


def _shown(payment: Payment, on: dt.date, locale: Locale) -> dict[str, str]:
    """Write a payment; `on` is the day it was due, or made where no period asked for it."""
    back = payment.refunded_by_us + payment.refunded_elsewhere
    is_back = payment.captured > 0 and back >= payment.captured
    return {
        "date": writing.day(on, locale),
        "key": "subscription.refunded" if is_back else _PAYMENT_KEYS[status_of(payment)],
        "amount": writing.money(payment.captured or payment.amount, payment.currency, locale),
    }
