"""Read request bodies strictly: unknown fields, wrong types and numbers out of range are refused."""

import datetime
import re
from typing import Annotated, Literal, TypeVar

import iso4217
import msgspec
from starlette.requests import Request

from .config import is_web_url
from .errors import ApiError, invalid

MAX_BODY = 64 * 1024
MAX_AMOUNT = 10**15

Amount = Annotated[int, msgspec.Meta(ge=1, le=MAX_AMOUNT)]
Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Url = Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]
Text = Annotated[str, msgspec.Meta(max_length=500)]
Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
AmountOrNothing = Annotated[int, msgspec.Meta(ge=0, le=MAX_AMOUNT)]
Charges = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
IntervalCount = Annotated[int, msgspec.Meta(ge=1, le=366)]
Interval = Literal["day", "week", "month", "year"]
Token = Annotated[str, msgspec.Meta(max_length=255)]
Moment = Annotated[datetime.datetime, msgspec.Meta(tz=True)]
Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """A request body."""


class Customer(Body):
    email: Annotated[str, msgspec.Meta(max_length=254)] | None = None
    name: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class CreatePayment(Body):
    amount: AmountOrNothing
    currency: str
    reference: Reference
    method: Literal["card", "wallet", "bank_debit"]
    capture: Literal["automatic", "manual"]
    return_url: Url
    cancel_url: Url | None = None
    notification_url: Url | None = None
    token: Token | None = None
    save: bool = False
    description: Text | None = None
    customer: Customer | None = None
    metadata: dict[str, Text] | None = None
    expires_in: Annotated[int, msgspec.Meta(ge=60, le=86400 * 30)] | None = None


class CreateSubscription(Body):
    amount: Amount
    currency: str
    reference: Reference
    method: Literal["card", "wallet", "bank_debit"]
    interval: Interval
    return_url: Url
    interval_count: IntervalCount = 1
    first_amount: AmountOrNothing | None = None
    max_charges: Charges | None = None
    time_zone: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] = "UTC"
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    cancel_url: Url | None = None
    notification_url: Url | None = None
    token: Token | None = None
    description: Text | None = None
    customer: Customer | None = None
    metadata: dict[str, Text] | None = None


class UpdateSubscription(Body):
    amount: Amount | None = None
    interval: Interval | None = None
    interval_count: IntervalCount | None = None
    max_charges: Charges | None = None
    token: Token | None = None


class CancelSubscription(Body):
    at_period_end: bool = False


class AdvanceClock(Body):
    """Where a test clock goes: so many seconds on, or to a moment."""

    advance_seconds: Annotated[float, msgspec.Meta(ge=0)] | None = None
    advance_to: Moment | None = None


class CreateLink(Body):
    amount: Amount
    currency: str
    reference: Reference
    return_url: Url
    notification_url: Url | None = None
    description: Text | None = None
    customer: Customer | None = None
    metadata: dict[str, Text] | None = None
    expires_at: Moment | None = None


class CreateCapture(Body):
    amount: Amount
    final: bool = False
    reference: Reference | None = None


class CreateRefund(Body):
    amount: Amount
    reason: Text | None = None
    reference: Reference | None = None


class Empty(Body):
    """The body of cancel and expire: nothing, or `{}`."""


class PutAccount(Body):
    id: Id
    api_key: Secret
    webhook_secret: Secret
    webhook_secret_2: Secret | None = None
    webhook_url: Url | None = None


class AddFault(Body):
    operation: Literal["pay", "capture", "cancel", "refund", "fetch", "webhook", "link", "subscription", "charge"]
    fault: str
    ms: Annotated[int, msgspec.Meta(ge=0, le=600_000)] | None = None
    times: Annotated[int, msgspec.Meta(ge=1)] | None = 1
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    reference: Reference | None = None


class Port(Body):
    open: bool


class Act(Body):
    amount: Amount | None = None
    code: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,64}$")] | None = None


class Resend(Body):
    payment: str | None = None
    event: str | None = None


class Advance(Body):
    advance_seconds: Annotated[float, msgspec.Meta(ge=0, le=86400 * 3650)]


AnyBody = TypeVar("AnyBody", bound=Body)


async def read(request: Request, kind: type[AnyBody]) -> AnyBody:
    """Return the request's body; `ApiError` 400 or 413 says what is wrong with it."""
    raw = await read_bytes(request)
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise invalid(str(error)) from error


async def read_bytes(request: Request) -> bytes:
    """Return the raw body, as long as it is not too long."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY:
            raise ApiError(413, "invalid_request", "body_too_large", f"A body may have {MAX_BODY} bytes.")
    return bytes(raw)


def check_payment(command: CreatePayment | CreateLink | CreateSubscription) -> None:
    """Refuse what types cannot say: currencies that are none, addresses that are none, card numbers."""
    if command.currency not in {currency.code for currency in iso4217.Currency}:
        raise invalid("currency must be an ISO 4217 code in upper case.", "invalid_currency")
    for field in ("return_url", "cancel_url", "notification_url"):
        url = getattr(command, field, None)
        if url is not None and not is_web_url(url):
            raise invalid(f"{field} must be an absolute http or https address.", "invalid_url")
    if (
        isinstance(command, CreatePayment)
        and not command.amount
        and not (command.save and command.capture == "automatic")
    ):
        raise invalid("amount may be 0 only where a token is saved and nothing is captured later.", "invalid_amount")
    if not isinstance(command, CreateLink) and command.token is not None:
        if _holds_card_number(command.token):
            raise invalid("Never send card numbers; send a token.", "card_number_refused")
        if not re.fullmatch(r"tok_[A-Za-z0-9_]+", command.token):
            raise invalid("A token looks like tok_visa.", "invalid_token")


def _holds_card_number(text: str) -> bool:
    digits = re.sub(r"[ _-]", "", text)
    return any(_luhn(match) for match in re.findall(r"\d{12,19}", digits))


def _luhn(number: str) -> bool:
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
