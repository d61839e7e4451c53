"""What was sold, as an order system tells it: checked strictly, since an invoice is made of it.

Taken are the names of the Payment Integration Hub and ours: `itemId`, `description`, `quantity`, `amount` (of one unit,
minor units; with or without tax as the project says), `vatRate` or `iva` (percent), `discount` (of the whole line, minor
units), `vatCategory` (UNCL5305), `exemptionReason`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from paymenthub.kernel.money import MAX_AMOUNT

from .document import VatCategory
from .problems import Unbillable

MOST_ITEMS = 1000
_LONGEST = 500
_KNOWN = frozenset(
    {
        "itemId",
        "description",
        "quantity",
        "amount",
        "vatRate",
        "iva",
        "discount",
        "vatCategory",
        "exemptionReason",
    }
)
_FINEST = -6  # places of a quantity
_RATE_FINEST = -4  # places of a rate
_WITHOUT_TAX = frozenset(VatCategory) - {VatCategory.STANDARD}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing sold. `rate` None: the project's own rate."""

    description: str
    amount: int
    quantity: Decimal = Decimal(1)
    rate: Decimal | None = None
    discount: int = 0
    category: VatCategory | None = None
    exemption_reason: str = ""
    item_id: str = ""


def read_items(raw: object, *, name: str = "items") -> tuple[Item, ...]:
    """Read a list of items, or a single one. Raises Unbillable (`items_invalid`) that names the field."""
    rows = [raw] if isinstance(raw, Mapping) else raw
    if not isinstance(rows, list | tuple) or not rows:
        raise _wrong(name, "a list of items is needed")
    if len(rows) > MOST_ITEMS:
        raise _wrong(name, f"at most {MOST_ITEMS} items")
    return tuple(_item(row, f"{name}[{index}]") for index, row in enumerate(rows))


def _item(row: object, at: str) -> Item:
    if not isinstance(row, Mapping):
        raise _wrong(at, "an item is an object")
    strange = sorted(str(key) for key in row if key not in _KNOWN)
    if strange:
        raise _wrong(f"{at}.{strange[0][:64]}", f"there is no such field; known are {', '.join(sorted(_KNOWN))}")
    if "vatRate" in row and "iva" in row and row["vatRate"] != row["iva"]:
        raise _wrong(f"{at}.iva", "vatRate and iva are given and differ")
    reason = _text(row, "exemptionReason", at)
    rate = _rate(row.get("vatRate", row.get("iva")), f"{at}.vatRate")
    category = _category(row.get("vatCategory"), rate, reason, at)
    return Item(
        item_id=_text(row, "itemId", at),
        description=_text(row, "description", at, needed=True),
        quantity=_quantity(row.get("quantity", 1), f"{at}.quantity"),
        amount=_amount(row.get("amount"), f"{at}.amount"),
        rate=Decimal(0) if rate is None and category in _WITHOUT_TAX else rate,
        discount=_amount(row.get("discount", 0), f"{at}.discount"),
        category=category,
        exemption_reason=reason,
    )


def _category(raw: object, rate: Decimal | None, reason: str, at: str) -> VatCategory | None:
    if raw is None:
        if reason and rate == 0:
            return VatCategory.EXEMPT
        return None
    if raw not in list(VatCategory):
        raise _wrong(f"{at}.vatCategory", f"one of {', '.join(VatCategory)}")
    category = VatCategory(str(raw))
    if category in _WITHOUT_TAX and rate:
        raise _wrong(f"{at}.vatRate", f"the category {category} has no tax, so its rate is 0")
    if category is VatCategory.STANDARD and rate == 0:
        raise _wrong(f"{at}.vatRate", "the category S has a rate above 0; say Z, E or another")
    return category


def _text(row: Mapping[str, object], field: str, at: str, *, needed: bool = False) -> str:
    value = row.get(field)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise _wrong(f"{at}.{field}", f"a text of at most {_LONGEST} characters")
    text = " ".join(value.split())
    if (needed and not text) or not text.isprintable():
        raise _wrong(f"{at}.{field}", "printable characters, and not blanks alone")
    return text


def _amount(value: object, at: str) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JavaScript writes whole numbers either way
    if type(value) is not int or not 0 <= value <= MAX_AMOUNT:
        raise _wrong(at, "a whole number of minor units, 0 or more")
    return value


def _quantity(value: object, at: str) -> Decimal:
    number = _decimal(value, at, _FINEST)
    if not 0 < number <= 1_000_000:
        raise _wrong(at, "above 0, at most 1000000")
    return number


def _rate(value: object, at: str) -> Decimal | None:
    if value is None:
        return None
    number = _decimal(value, at, _RATE_FINEST)
    if not 0 <= number <= 100:
        raise _wrong(at, "a percentage from 0 to 100")
    return number


def _decimal(value: object, at: str, finest: int) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal) or len(str(value)) > 24:
        raise _wrong(at, "a number")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _wrong(at, "a number") from None
    if not number.is_finite():
        raise _wrong(at, "a number")
    power = number.as_tuple().exponent
    if not isinstance(power, int) or not -24 <= power <= 24:
        raise _wrong(at, "a number")
    number = number.normalize() + 0  # one way of writing it
    places = number.as_tuple().exponent
    if isinstance(places, int) and places < finest:
        raise _wrong(at, f"at most {-finest} decimals")
    return Decimal(int(number)) if number == number.to_integral_value() else number


def _wrong(at: str, what: str) -> Unbillable:
    return Unbillable("items_invalid", f"{at}: {what}.", param=at)
