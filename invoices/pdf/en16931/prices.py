"""Net prices that lead back to the line's net amount exactly: EN 16931 knows no price that includes VAT."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from invoices.domain.document import Line

_CENT = Decimal("0.01")
_MIN_DECIMALS = 4


def major(amount: int, digits: int) -> Decimal:
    """Return minor units as EN 16931 writes them, with two decimals at most; `digits` are the currency's."""
    value = Decimal(amount).scaleb(-digits)
    return value.quantize(_CENT) if digits > 2 else value


@dataclass(frozen=True, slots=True)
class NetPrice:
    """Quantity times unit price, rounded to two decimals, less the allowance is the net amount."""

    quantity: Decimal
    unit_price: Decimal
    allowance: Decimal
    net: Decimal

    def is_exact(self) -> bool:
        """Tell whether the parts come to the net amount."""
        before = (self.quantity * self.unit_price).quantize(_CENT, rounding=ROUND_HALF_UP)
        return before - self.allowance == self.net


def net_price(line: Line, *, digits: int) -> NetPrice:
    """Return the line's price without VAT; `digits` are the currency's decimals.

    The price is the net amount divided by the quantity, with as many decimals as it takes for the product to round back.
    A price is never negative (BR-27): where the line takes something off, the quantity is.
    """
    net = major(line.net, digits)
    quantity = line.quantity.copy_abs() or Decimal(1)
    if net < 0:
        quantity = -quantity
    allowance = _net_discount(line, digits) if line.discount and net >= 0 else Decimal(0)
    decimals = max(_MIN_DECIMALS, quantity.adjusted() + _MIN_DECIMALS)
    unit_price = ((net + allowance) / quantity).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return NetPrice(quantity=quantity, unit_price=unit_price, allowance=allowance, net=net)


def _net_discount(line: Line, digits: int) -> Decimal:
    before = (line.unit_gross * line.quantity * 100 / (100 + line.rate)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return major(max(0, int(before) - line.net), digits)
