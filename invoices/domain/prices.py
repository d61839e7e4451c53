"""From items to lines and VAT groups: tax is computed once for each rate and shared out, so that nothing is lost.

In every line and in every group `net + vat == gross`, and the groups are the sums of their lines, to the last minor unit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from paymenthub.kernel.money import MAX_AMOUNT, Money

from .document import Line, VatCategory, VatGroup
from .items import Item
from .problems import Unbillable

Key = tuple[VatCategory, Decimal]


@dataclass(frozen=True, slots=True)
class Pricing:
    """How a project's prices are meant. `default_rate` (percent) None: every item says its own."""

    currency: str
    prices_include_tax: bool = True
    default_rate: Decimal | None = None


def lines_of(items: Sequence[Item], pricing: Pricing) -> tuple[Line, ...]:
    """Price the items, numbered in their order. Raises Unbillable."""
    drafts = [_draft(number, item, pricing) for number, item in enumerate(items, 1)]
    done: dict[int, Line] = {}
    for key in dict.fromkeys(_key(line) for line in drafts):
        for line in _taxed([line for line in drafts if _key(line) == key], pricing):
            done[line.number] = line
    lines = tuple(done[number] for number in sorted(done))
    if any(line.gross > MAX_AMOUNT for line in lines) or sum(line.gross for line in lines) > MAX_AMOUNT:
        raise Unbillable("items_invalid", f"The items come to more than {MAX_AMOUNT} minor units.", param="items")
    if len({line.category is VatCategory.OUT_OF_SCOPE for line in lines}) > 1:
        raise Unbillable(
            "items_invalid", "Items outside the scope of VAT (O) cannot stand beside others.", param="items"
        )
    return lines


def groups_of(lines: Iterable[Line]) -> tuple[VatGroup, ...]:
    """Add lines up by category and rate, highest rate first."""
    found: dict[Key, VatGroup] = {}
    for line in lines:
        group = found.get(_key(line), VatGroup(line.category, line.rate, 0, 0, 0))
        reasons = dict.fromkeys(filter(None, (*group.exemption_reason.split("; "), line.exemption_reason)))
        found[_key(line)] = replace(
            group,
            net=group.net + line.net,
            vat=group.vat + line.vat,
            gross=group.gross + line.gross,
            exemption_reason="; ".join(reasons)[:1000],
        )
    return tuple(sorted(found.values(), key=lambda group: (-group.rate, group.category)))


def share(total: int, weights: Sequence[int], currency: str) -> list[int]:
    """Share minor units by weight, by largest remainder; all weights 0 share nothing."""
    if not any(weights):
        return [0 for _ in weights]
    return [part.amount for part in Money(total, currency).split(weights)]


def half_up(value: Fraction) -> int:
    """Round to a whole number, halves up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _key(line: Line) -> Key:
    return line.category, line.rate


def _draft(number: int, item: Item, pricing: Pricing) -> Line:
    """A line before tax: `gross` holds what its prices come to, with or without tax."""
    rate = pricing.default_rate if item.rate is None else item.rate
    if rate is not None:
        rate = Decimal(f"{rate.normalize():f}")  # 22, whether it was written 22.0000 or 22
    if rate is None:
        raise Unbillable(
            "rate_missing", f"Item {number} names no VAT rate, and the project has none of its own.", param="items"
        )
    category = item.category or (VatCategory.STANDARD if rate else VatCategory.ZERO)
    if category is not VatCategory.STANDARD:
        rate = Decimal(0)
    total = half_up(item.amount * Fraction(item.quantity))
    if item.discount > total:
        raise Unbillable("items_invalid", f"The discount of item {number} is above its price.", param="items")
    return Line(
        number=number,
        description=item.description,
        quantity=item.quantity,
        unit_gross=item.amount,
        gross=total - item.discount,
        net=0,
        vat=0,
        rate=rate,
        category=category,
        discount=item.discount,
        item_id=item.item_id,
        exemption_reason=item.exemption_reason or ("Reverse charge" if category is VatCategory.REVERSE_CHARGE else ""),
    )


def _taxed(drafts: list[Line], pricing: Pricing) -> list[Line]:
    """Compute the tax of lines of one rate together, and give each its share."""
    rate = Fraction(drafts[0].rate) / 100
    total = sum(line.gross for line in drafts)
    of_total = rate / (1 + rate) if pricing.prices_include_tax else rate
    if total > MAX_AMOUNT:
        raise Unbillable("items_invalid", f"The items come to more than {MAX_AMOUNT} minor units.", param="items")
    parts = share(half_up(total * of_total), [line.gross for line in drafts], pricing.currency)
    if pricing.prices_include_tax:
        return [replace(line, net=line.gross - vat, vat=vat) for line, vat in zip(drafts, parts, strict=True)]
    return [
        replace(
            line,
            net=line.gross,
            vat=vat,
            gross=line.gross + vat,
            unit_gross=half_up(line.unit_gross * (1 + rate)),
            discount=half_up(line.discount * (1 + rate)),
        )
        for line, vat in zip(drafts, parts, strict=True)
    ]
