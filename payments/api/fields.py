"""The fields that several requests share: their types, their limits, and the checks that a type cannot express."""

from typing import Annotated

from msgspec import Meta

from paymenthub.kernel.errors import InvalidField, Unprocessable
from paymenthub.kernel.money import MAX_AMOUNT, is_currency
from payments.models import Payment

from .typed import refuse_card_numbers

Amount = Annotated[int, Meta(ge=1, le=MAX_AMOUNT, description="Minor units: 1299 is 12.99 EUR.", examples=[1299])]
CurrencyCode = Annotated[str, Meta(min_length=3, max_length=3, description="ISO 4217, upper case.", examples=["EUR"])]
AnyPaymentId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=255,
        description="The provider's id of the payment, or ours (`pay_…`).",
        examples=["sp_1Q2"],
    ),
]
Reason = Annotated[str, Meta(max_length=64, description="Why, in a word or two. No card data.", examples=["returned"])]
Note = Annotated[str, Meta(max_length=500, description="For your own people. No card data.")]


def check_currency(currency: str, *, param: str = "currency") -> None:
    """Raise InvalidField for what is no currency."""
    if not is_currency(currency):
        raise InvalidField("This is not an ISO 4217 currency code with minor units, in upper case.", param=param)


def check_currency_of(payment: Payment, currency: str) -> None:
    """Raise Unprocessable for another currency than the payment's; none given is fine."""
    if currency and currency != payment.currency:
        raise Unprocessable(f"This payment is in {payment.currency}.", param="currency")


def check_payment_id(wire_id: str, *, param: str = "paymentId") -> str:
    """Return the id without blanks around it. Raises InvalidField for what cannot be one."""
    wire_id = wire_id.strip()
    if not wire_id or len(wire_id) > 255 or not wire_id.isprintable():
        raise InvalidField("This cannot be the id of a payment.", param=param)
    return wire_id


def check_words(text: str, *, param: str) -> None:
    """Refuse line breaks and control characters (InvalidField), and what looks like a card number (Unprocessable)."""
    if not text.isprintable():
        raise InvalidField("Printable characters only.", param=param)
    refuse_card_numbers(text, param=param)
