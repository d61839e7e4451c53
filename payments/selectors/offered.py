"""What a customer is offered for one payment, or would be: three statements, and one question to the cache."""

from collections.abc import Iterator, Mapping
from typing import Any

from payments.domain.adaptive import PAYMENT_METHODS, decide
from payments.domain.offering import Candidate, Client, Limit, Offer, OfferedMethod, Wanted, offer, rule_data
from payments.models import AccountStanding, CaptureMode, MethodLimit, Payment, ProviderAccount
from providers import registry
from providers.types import Operation

from . import breakers, checkout_rules
from .saga_metadata import metadata_of

__all__ = ["Client", "Offer", "OfferedMethod", "offered"]


def offered(payment: Payment, *, client: Client) -> Offer:
    """Return the methods for a payment, which need not be saved, in their order, and why each is shown or hidden."""
    accounts = list(
        ProviderAccount.objects.filter(project_id=payment.project_id, mode=payment.mode)
        .defer("config_sealed", "previous_config_sealed")
        .order_by("provider", "-is_default", "name")
    )
    limits = {
        (row.account_id, row.method): limit_of(row)
        for row in MethodLimit.objects.filter(account__in=[account.pk for account in accounts])
    }
    rules = checkout_rules.rules(project=payment.project, mode=payment.mode, type=PAYMENT_METHODS)
    client = _with_country(client, payment)
    data = rule_data(_facts(payment), client)
    return offer(
        _candidates(accounts, limits, payment),
        wanted=Wanted(payment.money, tuple(payment.allowed_methods)),
        client=client,
        decision=decide(rules, type=PAYMENT_METHODS, data=data),
    )


def limit_of(row: MethodLimit) -> Limit:
    """Read a row."""
    amounts = {currency: (bounds.get("min"), bounds.get("max")) for currency, bounds in row.amounts.items()}
    return Limit(amounts, tuple(row.countries), tuple(row.devices))


def _candidates(accounts: list[ProviderAccount], limits: Mapping[Any, Limit], payment: Payment) -> Iterator[Candidate]:
    down = breakers.down([account.pk for account in accounts])
    operation = Operation.AUTHORIZE if payment.capture_mode == CaptureMode.MANUAL else Operation.PAY
    for account in accounts:
        try:
            driver = registry.get(account.provider)
        except registry.UnknownProvider:
            driver = None
        for method in account.methods:
            yield Candidate(
                account_id=account.pk,
                account_name=account.name,
                provider=account.provider,
                method=method,
                is_active=account.standing == AccountStanding.ACTIVE,
                is_enabled=driver is not None and registry.is_enabled(account.provider),
                offers=driver is not None and driver.offers(operation, method=method),
                takes_currency=driver is not None and driver.takes(payment.currency),
                is_down=account.pk in down,
                limit=limits.get((account.pk, method), Limit()),
            )


def _facts(payment: Payment) -> dict[str, Any]:
    # Refunds are no matter of a checkout: without them this asks the database nothing.
    facts = metadata_of(payment, refunded=[])
    return {**facts, "captureMode": payment.capture_mode, "locale": payment.locale, "mode": payment.mode}


def _with_country(client: Client, payment: Payment) -> Client:
    """Take the country that the order system named where the customer's request tells none."""
    named = payment.additional_data.get("country")
    if client.country or not isinstance(named, str):
        return client
    return Client(named.upper()[:2], client.device, client.apple_pay, client.user_agent, client.ip)
