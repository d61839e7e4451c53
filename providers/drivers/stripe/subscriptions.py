"""Subscriptions that Stripe runs (`sub_…`), and means of payment that it keeps for the hub (`cus_….pm_…`)."""

from dataclasses import replace

import stripe
from stripe.params import PaymentIntentCreateParams, SubscriptionUpdateParams
from stripe.params.checkout import SessionCreateParams

from providers.errors import InvalidProviderData, Rejected
from providers.port import Call
from providers.types import (
    Decline,
    DeclineReason,
    Operation,
    Outcome,
    PayRequest,
    Reference,
    Subject,
    SubscriptionRequest,
    SubscriptionState,
    SubscriptionStatus,
    Verdict,
)

from . import amounts, billing, lookup, mapping, params
from .client import read, write
from .trouble import Refusal

INTERVALS = frozenset({"MONTH"})
_MOST_MONTHS = 12
_NOT_FOUND = Verdict(Subject.SUBSCRIPTION, Outcome.NOT_FOUND)


def check(request: SubscriptionRequest, operation: Operation | None) -> None:
    """Refuse what Stripe could not take. Raises `InvalidProviderData`."""
    if request.pay is not None:
        params.check(request.pay, may_be_nothing=operation in (None, Operation.SUBSCRIPTION_START))
    if operation is not Operation.SUBSCRIPTION_SCHEDULE:
        return
    if request.interval not in INTERVALS:
        raise InvalidProviderData(f"interval must be one of: {', '.join(INTERVALS)}.", param="interval")
    if not 1 <= request.interval_count <= _MOST_MONTHS:
        raise InvalidProviderData(f"intervalCount must be 1 to {_MOST_MONTHS}.", param="intervalCount")
    if request.expires_after is not None or request.ends_at is not None:
        # Its page knows no end, and one that is forgotten afterwards would charge for ever.
        raise InvalidProviderData("Stripe's page cannot set an end: end the subscription.", param="expiresAfter")
    if request.first_charge_at is not None:
        raise InvalidProviderData("A trial is not offered here: let the hub run it.", param="firstChargeAt")
    if request.pay is not None and request.money not in (None, request.pay.money):
        raise InvalidProviderData("Stripe's first payment is as high as the later ones.", param="amount")


def schedule(call: Call, request: SubscriptionRequest) -> Verdict:
    """Open a page that begins a subscription."""
    try:
        check(request, Operation.SUBSCRIPTION_SCHEDULE)
    except InvalidProviderData as error:
        raise Rejected(error.message, psp_code="not_offered") from None
    page = params.session(call, _pay(request), manual=False)
    del page["payment_intent_data"]
    page["mode"] = "subscription"
    page["line_items"][0]["price_data"]["recurring"] = {"interval": "month", "interval_count": request.interval_count}
    page["subscription_data"] = {
        "metadata": {"shop_transaction_id": request.shop_reference or _pay(request).shop_reference}
    }
    return _opened(call, page)


def start(call: Call, request: SubscriptionRequest) -> Verdict:
    """Open a page, or charge a means that its customer gave, and keep it for later."""
    pay = _pay(request)
    if "paymentMethod" in pay.provider_data:
        charge = params.intent(call, pay, manual=False)
        charge["setup_future_usage"] = "off_session"
        return _charged(call, charge, pay)
    page = params.session(call, pay, manual=False)
    if "customer" not in page:
        page["customer_creation"] = "always"
    if not pay.money.amount:
        return _opened(call, _of_nothing(page))
    page["payment_intent_data"]["setup_future_usage"] = "off_session"
    return _opened(call, page)


def _of_nothing(page: SessionCreateParams) -> SessionCreateParams:
    """Make a page that takes no money and only keeps the means."""
    page["mode"] = "setup"
    page["currency"] = page.pop("line_items")[0]["price_data"]["currency"]
    page["setup_intent_data"] = {"metadata": page.pop("payment_intent_data")["metadata"]}
    return page


def charge(call: Call, request: SubscriptionRequest) -> Verdict:
    """Charge a kept means without its customer."""
    customer, means = _kept(request.token)
    pay = _pay(request)
    data = {"paymentMethod": means, "customer": customer, "offSession": True}
    return _charged(call, params.intent(call, replace(pay, provider_data=data), manual=False), pay)


def update(call: Call, request: SubscriptionRequest) -> Verdict:
    """Change amount, rhythm or end of a subscription; nothing is charged for it now."""
    known = read(call, lambda api: api.v1.subscriptions.retrieve(request.token))
    if known is None:
        raise Rejected("Stripe knows no such subscription.", psp_code="resource_missing")
    asked = _changes(known, request)
    answer = write(
        call, lambda api, options: billing.subscription(api.v1.subscriptions.update(request.token, asked, options))
    )
    if isinstance(answer, Refusal):
        raise answer.rejected()
    return answer


def fetch(call: Call, request: SubscriptionRequest) -> tuple[Verdict, ...]:
    """Read a subscription and its invoices, oldest first; or a kept means."""
    if not request.token.startswith("sub_"):
        return (_means(call, request.token),)
    own = read(call, lambda api: billing.subscription(api.v1.subscriptions.retrieve(request.token)))
    if own is None:
        return (_NOT_FOUND,)
    return (own, *lookup.invoices_of(call, request.token))


def expire(call: Call, request: SubscriptionRequest) -> Verdict:
    """End a subscription at once or when what was paid for is over; give a kept means up."""
    if not request.token.startswith("sub_"):
        return _detached(call, request.token)
    if request.at_period_end:
        later: SubscriptionUpdateParams = {"cancel_at_period_end": True}
        answer = write(
            call, lambda api, options: billing.subscription(api.v1.subscriptions.update(request.token, later, options))
        )
    else:
        answer = write(
            call,
            lambda api, options: billing.subscription(api.v1.subscriptions.cancel(request.token, options=options)),
        )
    if isinstance(answer, Refusal):
        raise answer.rejected()
    return answer


def _changes(known: stripe.Subscription, request: SubscriptionRequest) -> SubscriptionUpdateParams:
    now = billing.terms(known)
    money = request.money or (request.pay.money if request.pay is not None else now.money)
    months = request.interval_count if request.interval else now.interval_count
    if request.interval not in ("", *INTERVALS) or not 1 <= months <= _MOST_MONTHS:
        raise Rejected("Stripe is asked for months only, 1 to 12 of them.", psp_code="not_offered")
    if request.expires_after is not None:
        raise Rejected("Stripe does not count payments.", psp_code="not_offered")
    try:
        amount, currency = amounts.encode(money)
    except ValueError as error:
        raise Rejected(str(error), psp_code="amount_not_expressible") from None
    asked: SubscriptionUpdateParams = {
        "items": [
            {
                "id": now.item,
                "price_data": {
                    "currency": currency,
                    "product": now.product,
                    "recurring": {"interval": "month", "interval_count": months},
                    "unit_amount": amount,
                },
            }
        ],
        "proration_behavior": "none",
    }
    if (now.interval, now.interval_count) != ("MONTH", months) and now.period_end:
        asked["trial_end"] = now.period_end  # else Stripe begins the new rhythm now, with a charge
    if request.ends_at is not None:
        asked["cancel_at"] = int(request.ends_at.timestamp())
    return asked


def _opened(call: Call, page: SessionCreateParams) -> Verdict:
    answer = write(call, lambda api, options: mapping.session(api.v1.checkout.sessions.create(page, options)))
    if isinstance(answer, Refusal):
        raise answer.rejected()
    return answer


def _charged(call: Call, charge: PaymentIntentCreateParams, pay: PayRequest) -> Verdict:
    answer = write(call, lambda api, options: mapping.intent(api.v1.payment_intents.create(charge, options)))
    if not isinstance(answer, Refusal):
        return answer
    if answer.is_card:
        return mapping.refused(answer, Subject.PAYMENT, pay.money, call.attempt_reference)
    if answer.error.get("code") == "resource_missing" and answer.error.get("param") in ("payment_method", "customer"):
        said = mapping.refused(answer, Subject.PAYMENT, pay.money, call.attempt_reference)
        told = said.decline.message if said.decline is not None else ""
        return replace(said, decline=Decline(DeclineReason.TOKEN_REVOKED, "resource_missing", told, may_retry=False))
    raise answer.rejected()


def _means(call: Call, token: str) -> Verdict:
    customer, means = _kept(token)
    found = read(call, lambda api: mapping.id_of(api.v1.payment_methods.retrieve(means).customer))
    if found is None:
        return _NOT_FOUND
    return _token(token, SubscriptionStatus.ACTIVE if found == customer else SubscriptionStatus.CANCELED)


def _detached(call: Call, token: str) -> Verdict:
    _, means = _kept(token)
    answer = write(
        call,
        lambda api, options: mapping.named("means", api.v1.payment_methods.detach(means, options=options)),
    )
    if isinstance(answer, Refusal):
        raise answer.rejected()
    return _token(token, SubscriptionStatus.CANCELED)


def _token(token: str, status: SubscriptionStatus) -> Verdict:
    outcome = Outcome.SUCCEEDED if status is SubscriptionStatus.ACTIVE else Outcome.CANCELLED
    state = SubscriptionState(token, status)
    return Verdict(Subject.SUBSCRIPTION, outcome, references=(Reference("token", token),), subscription=state)


def _kept(token: str) -> tuple[str, str]:
    customer, _, means = token.partition(".")
    if not customer.startswith("cus_") or not means:
        raise Rejected("This is no token of a means that Stripe keeps.", psp_code="no_token")
    return customer, means


def _pay(request: SubscriptionRequest) -> PayRequest:
    if request.pay is None:
        raise Rejected("There is no payment in this request.", psp_code="no_payment")
    return request.pay
