"""Write a subscription down: what was agreed, checked, with its first state and its claim on the shop's id."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from paymenthub.kernel import clock, ids
from paymenthub.kernel.errors import InvalidField, NotFound, Unprocessable, UnsupportedOperation
from paymenthub.kernel.money import Money
from payments.domain.calendar import local_date
from payments.domain.subscription import RunBy
from payments.models import Mode, Project, ProviderAccount, Source, Subscription
from payments.saga import subscription as saga
from payments.saga.subscription import SubscriptionChange
from payments.selectors import accounts
from payments.selectors.project_clock import project_now
from payments.services.ordering import PayOnce
from providers import registry
from providers.port import Driver
from providers.types import Interval, Operation

LONGEST_COUNT = {Interval.DAY: 3650, Interval.WEEK: 520, Interval.MONTH: 120, Interval.YEAR: 10}
"""The longest pause between two payments: ten years."""


@dataclass(frozen=True, slots=True)
class SubscribeCommand:
    """A wish to be paid `money` again and again. `provider_data` goes to the PSP with the first payment only.

    `first_amount` is the first payment's where it differs; with `trial_end` (a date of the project's zone) the first
    payment is 0 unless it says otherwise, and the rhythm begins on that date. Nothing is charged on `ends_on` or later.
    `expires_after` counts payments of more than nothing, the first included.
    """

    project: Project
    mode: str
    provider: str
    method: str
    money: Money
    shop_transaction_id: str
    interval: Interval
    interval_count: int = 1
    shop_subscription_id: str = ""
    """Empty: as `shop_transaction_id`."""
    first_amount: int | None = None
    expires_after: int | None = None
    ends_on: dt.date | None = None
    trial_end: dt.date | None = None
    account_name: str = ""
    success_redirect_url: str = ""
    failure_redirect_url: str = ""
    callback_url: str = ""
    description: str = ""
    locale: str = ""
    buyer: Mapping[str, str] = field(default_factory=dict)
    additional_data: Mapping[str, Any] = field(default_factory=dict)
    provider_data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    run_by: RunBy = RunBy.HUB
    evidence: str = ""
    claim: PayOnce | None = None
    subscription_id: uuid.UUID | None = None
    """The new subscription's id, where it was promised before."""
    flow_saga_id: str = ""
    """The first payment's saga at an outside Flow Manager."""


FIRST_OPERATION = {
    RunBy.PROVIDER: Operation.SUBSCRIPTION_SCHEDULE,
    RunBy.HUB: Operation.SUBSCRIPTION_START,
    RunBy.SHOP: Operation.SUBSCRIPTION_START,
}


def usual_run_by(provider: str) -> RunBy:
    """Say who charges the later payments at a provider: the hub at MANUAL_PROVIDERS and where the PSP cannot."""
    if provider in settings.MANUAL_PROVIDERS or not registry.is_enabled(provider):
        return RunBy.HUB
    offers = registry.get(provider).offers(Operation.SUBSCRIPTION_SCHEDULE)
    return RunBy.PROVIDER if offers else RunBy.HUB


def offered(command: SubscribeCommand) -> tuple[Driver, ProviderAccount]:
    """Find who would run this. Raises NotFound, Conflict, UnsupportedOperation, Unprocessable or InvalidField."""
    driver, account = taker(
        command.project, command.mode, command.provider, command.method, command.money.currency, command.account_name
    )
    needed = [FIRST_OPERATION[command.run_by]]
    if command.run_by is not RunBy.PROVIDER:
        needed.append(Operation.SUBSCRIPTION_PAY)
    for operation in needed:
        if not driver.offers(operation):
            raise UnsupportedOperation(f"{driver.display_name} does not offer {operation.value}.")
    check_terms(command, driver if command.run_by is RunBy.PROVIDER else None)
    return driver, account


def taker(
    project: Project, mode: str, provider: str, method: str, currency: str, account_name: str = ""
) -> tuple[Driver, ProviderAccount]:
    """Find the account that offers a method. Raises NotFound, Conflict or Unprocessable."""
    if not registry.is_enabled(provider):
        raise NotFound(f"There is no provider {provider!r} here.", param="provider")
    driver = registry.get(provider)
    if method not in driver.methods:
        raise NotFound(f"{driver.display_name} has no payment method {method!r}.", param="method")
    if not driver.takes(currency):
        raise Unprocessable(f"{driver.display_name} does not take {currency}.", param="currency")
    account = accounts.for_new_payment(project=project, mode=mode, provider=provider, name=account_name)
    if method not in account.methods:
        raise NotFound(f"The account {account.name!r} at {provider} does not offer {method}.", param="method")
    return driver, account


def check_terms(command: SubscribeCommand, driver: Driver | None) -> None:
    """Refuse terms that make no sense, or that the PSP which is to charge by them does not know. Raises InvalidField."""
    check_interval(command.interval, command.interval_count, driver)
    project = _with_its_clock(command)
    today = local_date(project_now(project, command.mode), zone_of(project))
    if command.expires_after is not None and command.expires_after < 1:
        raise InvalidField("The number of payments must be 1 or more.", param="subscriptionInfo.expiresAfter")
    if command.trial_end is not None and command.trial_end <= today:
        raise InvalidField("The trial must end after today.", param="trialEnd")
    begins = command.trial_end or today
    if command.ends_on is not None and command.ends_on <= begins:
        raise InvalidField("The end must lie after the start, and after the trial.", param="expirationDate")
    if command.money.amount == 0:
        raise Unprocessable("The amount of a subscription must be above 0; its first payment may be 0.", param="amount")
    if len(command.shop_transaction_id) > LONGEST_TRANSACTION_ID:
        raise InvalidField(
            f"A subscription's shopTransactionId has at most {LONGEST_TRANSACTION_ID} characters: later payments have a "
            "number behind it.",
            param="shopTransactionId",
        )


LONGEST_TRANSACTION_ID = 240


def check_interval(interval: Interval, count: int, driver: Driver | None) -> None:
    """Refuse a rhythm that is none or that the PSP does not take; the error names those it does. Raises InvalidField."""
    if not 1 <= count <= LONGEST_COUNT[interval]:
        raise InvalidField(
            f"The intervalCount for {interval.value} lies between 1 and {LONGEST_COUNT[interval]}.",
            param="subscriptionInfo.intervalCount",
        )
    if driver is not None and driver.intervals and interval.value not in driver.intervals:
        allowed = ", ".join(word.value for word in Interval if word.value in driver.intervals)
        raise InvalidField(f"{driver.display_name} takes the intervals {allowed}.", param="subscriptionInfo.interval")


def zone_of(project: Project) -> ZoneInfo:
    """Return the zone of a project's dates. Raises InvalidField where its setting is no zone."""
    try:
        return ZoneInfo(project.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidField(f"The project's time zone {project.timezone!r} is unknown; correct the project.") from None


def _with_its_clock(command: SubscribeCommand) -> Project:
    """Return the project as it is now: one that came with a cached key does not know that its test clock was put forward."""
    return Project.objects.get(pk=command.project.pk) if command.mode == Mode.TEST else command.project


def new_subscription(command: SubscribeCommand, account: ProviderAccount | None) -> SubscriptionChange:
    """Make a subscription in its first state, not saved; without an account its customer chooses the method later."""
    project = _with_its_clock(command)
    local = project_now(project, command.mode).astimezone(zone_of(project))
    begins = command.trial_end or local.date()
    shop_id = command.shop_subscription_id or command.shop_transaction_id
    subscription = Subscription(
        id=command.subscription_id or ids.new_uuid(),
        created_at=clock.now(),
        project=project,
        mode=command.mode,
        shop_subscription_id=shop_id,
        claimed_shop_subscription_id=shop_id,
        shop_transaction_id=command.shop_transaction_id,
        provider=command.provider,
        method=command.method,
        provider_account=account,
        run_by=command.run_by,
        amount=command.money.amount,
        first_amount=_first_amount(command),
        currency=command.money.currency,
        interval=command.interval,
        interval_count=command.interval_count,
        anchor_on=begins,
        anchor_day=begins.day,
        anchor_period=1 if command.trial_end is None else 2,
        renew_time=local.time().replace(microsecond=0, fold=0),
        timezone=project.timezone,
        expires_after=command.expires_after,
        ends_on=command.ends_on,
        trial_end=command.trial_end,
        description=command.description,
        buyer=dict(command.buyer),
        additional_data=dict(command.additional_data),
        locale=command.locale,
        success_redirect_url=command.success_redirect_url,
        failure_redirect_url=command.failure_redirect_url,
        callback_url=command.callback_url,
    )
    change = SubscriptionChange(subscription, source=Source.API, is_new=True, evidence=command.evidence)
    saga.create(change)
    return change


def _first_amount(command: SubscribeCommand) -> int | None:
    if command.first_amount is None and command.trial_end is not None:
        return 0
    return command.first_amount
