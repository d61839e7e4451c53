"""Subscriptions of the sandbox PSP: those that it runs (`ss_…`), and means that it keeps for the hub (`tok_kept_…`)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from providers.errors import InvalidProviderData, OutcomeUnknown, Rejected
from providers.types import (
    SUBSCRIPTION_OUTCOMES,
    Interval,
    PayRequest,
    Reference,
    Subject,
    SubscriptionRequest,
    SubscriptionState,
    SubscriptionStatus,
    Verdict,
)

from . import mapping

KEPT = "tok_kept_"
INTERVALS = frozenset(Interval)
_WORDS = {interval.value: interval.value.lower() for interval in Interval}
_LONGEST = 366
_MOST = 10_000


def check(request: SubscriptionRequest) -> None:
    """Refuse what the sandbox could not take. Raises `InvalidProviderData`."""
    if request.interval and request.interval not in INTERVALS:
        raise InvalidProviderData(f"interval must be one of: {', '.join(Interval)}.", param="interval")
    if not 1 <= request.interval_count <= _LONGEST:
        raise InvalidProviderData(f"intervalCount must be 1 to {_LONGEST}.", param="intervalCount")
    if request.expires_after is not None and not 1 <= request.expires_after <= _MOST:
        raise InvalidProviderData(f"expiresAfter must be 1 to {_MOST}.", param="expiresAfter")


def is_kept(token: str) -> bool:
    """Tell whether a token is a means that the sandbox keeps; otherwise it is a subscription that it runs."""
    return token.startswith(KEPT)


def encode_schedule(request: SubscriptionRequest, attempt_reference: str) -> dict[str, Any]:
    """Build the body of `POST /v1/subscriptions`."""
    pay = first_payment(request)
    body = mapping.encode_payment(pay, attempt_reference, capture="automatic")
    del body["capture"]
    later = request.money or pay.money
    body |= {
        "amount": later.amount,
        "interval": _WORDS[request.interval],
        "interval_count": request.interval_count,
        "time_zone": request.time_zone,
    }
    if request.first_charge_at is not None:
        body["starts_at"] = request.first_charge_at.isoformat()
    elif pay.money.amount != later.amount:
        body["first_amount"] = pay.money.amount
    if request.expires_after is not None:
        body["max_charges"] = request.expires_after
    if request.ends_at is not None:
        body["ends_at"] = request.ends_at.isoformat()
    return body


def encode_start(request: SubscriptionRequest, attempt_reference: str) -> dict[str, Any]:
    """Build the body of a first payment that leaves a token."""
    return mapping.encode_payment(first_payment(request), attempt_reference, capture="automatic") | {"save": True}


def encode_charge(request: SubscriptionRequest, attempt_reference: str) -> dict[str, Any]:
    """Build the body of a charge of a kept token."""
    body = mapping.encode_payment(first_payment(request), attempt_reference, capture="automatic")
    return body | {"token": request.token}


def encode_update(request: SubscriptionRequest) -> dict[str, Any]:
    """Build the body of a change: what is not named stays."""
    body: dict[str, Any] = {}
    money = request.money or (request.pay.money if request.pay is not None else None)
    if money is not None:
        body["amount"] = money.amount
    if request.interval:
        body |= {"interval": _WORDS[request.interval], "interval_count": request.interval_count}
    if request.expires_after is not None:
        body["max_charges"] = request.expires_after
    if request.pay is not None and "token" in request.pay.provider_data:
        body["token"] = request.pay.provider_data["token"]
    return body


def first_payment(request: SubscriptionRequest) -> PayRequest:
    """Return the payment that a request is about. Raises `Rejected` where it names none."""
    if request.pay is None:
        raise Rejected("There is no payment in this request.", psp_code="no_payment")
    return request.pay


def decode_scheduled(data: Any) -> Verdict:
    """Read a new subscription as the verdict of its first payment. Raises `OutcomeUnknown` where it is not one."""
    own = decode(data)
    for charge in data["charges"]:
        verdict = mapping.decode_payment(charge)
        if verdict.attempt_reference:
            return replace(verdict, subscription=own.subscription)
    raise OutcomeUnknown("The provider's subscription has no first payment.")


def decode_all(data: Any) -> tuple[Verdict, ...]:
    """Read a subscription and its charges. Raises `OutcomeUnknown` where it is not one."""
    return (decode(data), *(mapping.decode_payment(charge) for charge in data["charges"]))


def decode(data: Any) -> Verdict:
    """Read a subscription object. Raises `OutcomeUnknown` where it is not one."""
    try:
        if data["object"] != "subscription" or not isinstance(data["charges"], list):
            raise ValueError("not a subscription")
        status = mapping.SUBSCRIPTION.get(str(data["status"]), SubscriptionStatus.UNKNOWN)
        state = SubscriptionState(
            token=str(data["id"]),
            status=status,
            next_charge_at=mapping.moment(data.get("next_charge_at")),
            money=mapping.money(data["amount"], data["currency"]),
            interval=str(data["interval"]).upper(),
            interval_count=int(data["interval_count"]),
            charges=int(data["paid_charges"]),
            ends_at=mapping.moment(data.get("ends_at")),
            cancel_at_period_end=data.get("cancel_at_period_end") is True,
        )
        return _verdict(data, "subscription", state)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OutcomeUnknown(f"The provider's subscription cannot be read ({type(error).__name__}).") from None


def decode_token(data: Any) -> Verdict:
    """Read a kept token. Raises `OutcomeUnknown` where it is not one."""
    try:
        if data["object"] != "token":
            raise ValueError("not a token")
        status = mapping.KEPT_TOKEN.get(str(data["status"]), SubscriptionStatus.UNKNOWN)
        return _verdict(data, "token", SubscriptionState(str(data["id"]), status))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OutcomeUnknown(f"The provider's token cannot be read ({type(error).__name__}).") from None


def _verdict(data: Mapping[str, Any], kind: str, state: SubscriptionState) -> Verdict:
    return Verdict(
        subject=Subject.SUBSCRIPTION,
        outcome=SUBSCRIPTION_OUTCOMES[state.status],
        references=(Reference(kind, state.token),),
        **mapping.claims(data),
        occurred_at=mapping.moment(data.get("created")),
        raw_status=str(data["status"]),
        subscription=state,
    )
