"""Which methods one customer is offered, in which order, and why each is shown or hidden."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from paymenthub.kernel.money import Money

from .adaptive import Decision
from .adaptive_reading import pairs
from .checkout import is_allowed
from .devices import Device, runs_apple_pay

APPLE_PAY = "applepay"

Pair = tuple[str, str]


class Hidden(StrEnum):
    """Why a method is not shown."""

    NO_ACCOUNT = "no_account"
    ACCOUNT_INACTIVE = "account_inactive"
    PROVIDER_NOT_ENABLED = "provider_not_enabled"
    NOT_ALLOWED = "not_allowed"
    RULE = "rule"
    OPERATION = "operation"
    CURRENCY = "currency"
    AMOUNT = "amount"
    COUNTRY = "country"
    DEVICE = "device"
    PROVIDER_DOWN = "provider_down"
    OTHER_ACCOUNT = "other_account"


@dataclass(frozen=True, slots=True)
class Client:
    """Who looks at the checkout: ISO country, device, whether Apple Pay runs there, what the browser calls itself."""

    country: str = ""
    device: str = Device.DESKTOP.value
    apple_pay: bool = False
    user_agent: str = ""
    ip: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """For whom a method is. Amounts: (least, most) in minor units by currency; anything empty: no limit."""

    amounts: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    countries: Sequence[str] = ()
    devices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One method of one account, and what is known of it. `offers`: the driver can do what the payment needs."""

    account_id: uuid.UUID
    account_name: str
    provider: str
    method: str
    is_active: bool = True
    is_enabled: bool = True
    offers: bool = True
    takes_currency: bool = True
    is_down: bool = False
    limit: Limit = Limit()


@dataclass(frozen=True, slots=True)
class OfferedMethod:
    """One method as one customer sees it; `reason_hidden` is None where it is shown, and `why` says it in words.

    `label_key` names its text, and `redirect_kind` which of a provider's addresses fits (`desktop` or `mobile`).
    """

    provider: str
    method: str
    account_name: str
    label_key: str
    redirect_kind: str
    reason_hidden: Hidden | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What is shown, in its order; `explained` has every method, those shown first, and `decision` the rules."""

    methods: tuple[OfferedMethod, ...]
    explained: tuple[OfferedMethod, ...]
    decision: Decision

    @property
    def rule_id(self) -> str:
        """Name the rule that decided; empty where none did."""
        return self.decision.rule.rule_id if self.decision.rule else ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be paid. `allowed`: `provider/method` or `method`; empty allows all."""

    money: Money
    allowed: Sequence[str] = ()


def offer(candidates: Iterable[Candidate], *, wanted: Wanted, client: Client, decision: Decision) -> Offer:
    """Choose and order. Candidates of one method come in the order in which their accounts are preferred."""
    found = list(candidates)
    ruled = pairs(decision.rule.response) if decision.rule else None
    told: list[tuple[tuple[int, int, int], OfferedMethod]] = []
    taken: dict[Pair, str] = {}
    for place, candidate in enumerate(found):
        pair = (candidate.provider, candidate.method)
        hidden, why = _hidden(candidate, wanted, client, decision, ruled)
        if hidden is None and pair in taken:
            hidden, why = Hidden.OTHER_ACCOUNT, f"The account «{taken[pair]}» of the same provider offers it already."
        if hidden is None:
            taken[pair] = candidate.account_name
            why = _why_shown(candidate, wanted, decision)
        shown = _method(pair, candidate.account_name, client, hidden, why)
        told.append(((hidden is not None, _rank(pair, ruled, wanted.allowed), place), shown))
    for pair in _missing(found, ruled, wanted.allowed):
        text = "The project has no account that offers it."
        told.append(((True, len(told), len(told)), _method(pair, "", client, Hidden.NO_ACCOUNT, text)))
    explained = tuple(method for _, method in sorted(told, key=lambda each: each[0]))
    return Offer(tuple(method for method in explained if method.reason_hidden is None), explained, decision)


def rule_data(metadata: Mapping[str, Any], client: Client) -> dict[str, Any]:
    """Return what rules look at: the saga's metadata, and beside it the customer under `client`."""
    return {**metadata, "client": {"country": client.country, "device": client.device, "applePay": _apple_pay(client)}}


def _hidden(
    candidate: Candidate, wanted: Wanted, client: Client, decision: Decision, ruled: list[Pair] | None
) -> tuple[Hidden | None, str]:
    """Return the first thing that hides it, the most lasting one first, and what to say of it."""
    pair = (candidate.provider, candidate.method)
    currency = wanted.money.currency
    if not candidate.is_active:
        return Hidden.ACCOUNT_INACTIVE, "Its account takes no new payments."
    if not candidate.is_enabled:
        return Hidden.PROVIDER_NOT_ENABLED, "Its provider is not enabled on this hub."
    if not candidate.offers:
        return Hidden.OPERATION, "Its provider does not offer this method with the payment's capture mode."
    if not candidate.takes_currency:
        return Hidden.CURRENCY, f"Its provider takes no {currency}."
    if not is_allowed(wanted.allowed, provider=pair[0], method=pair[1]):
        return Hidden.NOT_ALLOWED, "The payment's allowedMethods do not name it."
    if ruled is not None and pair not in ruled:
        name = decision.rule.rule_id if decision.rule else ""
        return Hidden.RULE, f"The rule «{name}» decides, and does not name it."
    return _limited(candidate, wanted.money, client)


def _limited(candidate: Candidate, money: Money, client: Client) -> tuple[Hidden | None, str]:
    limit = candidate.limit
    if limit.amounts:
        if money.currency not in limit.amounts:
            return Hidden.CURRENCY, f"It is limited to {', '.join(sorted(limit.amounts))}."
        least, most = limit.amounts[money.currency]
        if least is not None and money.amount < least:
            return Hidden.AMOUNT, f"It begins at {least} (minor units of {money.currency})."
        if most is not None and money.amount > most:
            return Hidden.AMOUNT, f"It ends at {most} (minor units of {money.currency})."
    if limit.countries and client.country not in limit.countries:
        known = f"and the customer's is {client.country}" if client.country else "and the customer's is not known"
        return Hidden.COUNTRY, f"It is limited to the countries {', '.join(limit.countries)}, {known}."
    if limit.devices and client.device not in limit.devices:
        return Hidden.DEVICE, f"It is limited to: {', '.join(limit.devices)}."
    if candidate.method == APPLE_PAY and not _apple_pay(client):
        return Hidden.DEVICE, "Apple Pay does not run in this browser."
    if candidate.is_down:
        return Hidden.PROVIDER_DOWN, "Its provider does not answer at the moment."
    return None, ""


def _why_shown(candidate: Candidate, wanted: Wanted, decision: Decision) -> str:
    if decision.rule is not None:
        return f"The rule «{decision.rule.rule_id}» names it."
    return "The payment's allowedMethods name it." if wanted.allowed else "No rule decides: every method is offered."


def _rank(pair: Pair, ruled: list[Pair] | None, allowed: Sequence[str]) -> int:
    """Return its place: the rule's order, else that of allowedMethods, else the accounts' own."""
    if ruled is not None:
        return ruled.index(pair) if pair in ruled else len(ruled)
    names = list(allowed)
    places = [names.index(name) for name in ("/".join(pair), pair[1]) if name in names]
    return min(places, default=len(names))


def _missing(found: Sequence[Candidate], ruled: list[Pair] | None, allowed: Sequence[str]) -> list[Pair]:
    known = {(candidate.provider, candidate.method) for candidate in found}
    named = [pair for pair in ruled or () if is_allowed(allowed, provider=pair[0], method=pair[1])]
    for name in allowed:
        provider, slash, method = name.partition("/")
        if slash:
            named.append((provider, method))
    return [pair for pair in dict.fromkeys(named) if pair not in known]


def _method(pair: Pair, account_name: str, client: Client, hidden: Hidden | None, why: str) -> OfferedMethod:
    kind = "mobile" if client.device == Device.PHONE else "desktop"
    return OfferedMethod(*pair, account_name, f"method.{pair[1]}", kind, hidden, why)


def _apple_pay(client: Client) -> bool:
    return client.apple_pay or runs_apple_pay(client.user_agent)
