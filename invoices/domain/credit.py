"""What a credit note takes back of an invoice: split over its VAT groups so that all credit notes together never lose a unit.

Each split looks at what is left of every group (net, VAT and gross), so the last credit note of a fully refunded invoice
takes exactly the rest, whatever came before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from .document import Document, Line, VatGroup
from .items import Item
from .prices import Key, Pricing, groups_of, half_up, lines_of, share
from .problems import Unbillable


@dataclass(frozen=True, slots=True)
class Signed:
    """An earlier document of the invoice: +1 takes back (credit note), -1 undoes one that took back."""

    sign: int
    groups: tuple[VatGroup, ...]


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of one group, minor units."""

    net: int
    vat: int

    @property
    def gross(self) -> int:
        """Both."""
        return self.net + self.vat


def rest_of(invoice: Document, earlier: Iterable[Signed]) -> dict[Key, Rest]:
    """Say what is left of each group."""
    left = {(group.category, group.rate): Rest(group.net, group.vat) for group in invoice.vat_groups}
    for document in earlier:
        for group in document.groups:
            rest = left[(group.category, group.rate)]
            left[(group.category, group.rate)] = Rest(
                rest.net - document.sign * group.net, rest.vat - document.sign * group.vat
            )
    return left


def lines_back(
    invoice: Document,
    earlier: Sequence[Signed],
    amount: int,
    *,
    text: str,
    items: Sequence[Item] = (),
    pricing: Pricing | None = None,
) -> tuple[Line, ...]:
    """Make the lines of a credit note over `amount` (gross, minor units); `text` describes a line that nobody described.

    Without items: the invoice's own lines where all of it comes back at once, else a line for each VAT group. Raises
    Unbillable where items are given that do not fit the amount or what is left of the invoice.
    """
    left = rest_of(invoice, earlier)
    whole = sum(rest.gross for rest in left.values())
    if amount > whole:
        raise Unbillable(
            "more_than_invoiced", f"{amount} went back, and only {whole} of the invoice is left to be taken back."
        )
    if items:
        return _given(left, amount, items, pricing or Pricing(invoice.currency))
    if amount == invoice.gross == whole and not earlier:
        return invoice.lines
    keys = [key for key, rest in left.items() if rest.gross]
    parts = share(amount, [left[key].gross for key in keys], invoice.currency)
    reasons = {(group.category, group.rate): group.exemption_reason for group in invoice.vat_groups}
    lines: list[Line] = []
    for key, gross in zip(keys, parts, strict=True):
        if gross:
            vat = _vat(left[key], gross)
            lines.append(
                Line(
                    number=len(lines) + 1,
                    description=text,
                    quantity=Decimal(1),
                    unit_gross=gross,
                    gross=gross,
                    net=gross - vat,
                    vat=vat,
                    rate=key[1],
                    category=key[0],
                    exemption_reason=reasons[key],
                )
            )
    return tuple(lines)


def _given(left: dict[Key, Rest], amount: int, items: Sequence[Item], pricing: Pricing) -> tuple[Line, ...]:
    lines = lines_of(items, pricing)
    total = sum(line.gross for line in lines)
    if total != amount:
        raise Unbillable("sum_mismatch", f"The lines come to {total}, and {amount} went back.")
    done: dict[int, Line] = {}
    for group in groups_of(lines):
        key = group.category, group.rate
        if key not in left or group.gross > left[key].gross:
            most = left[key].gross if key in left else 0
            raise Unbillable(
                "more_than_invoiced",
                f"The lines take back {group.gross} at {group.rate} % ({group.category}), and {most} of that is left.",
            )
        of_group = [line for line in lines if (line.category, line.rate) == key]
        vat = _vat(left[key], group.gross)
        for line, part in zip(of_group, share(vat, [line.gross for line in of_group], pricing.currency), strict=True):
            done[line.number] = replace(line, vat=part, net=line.gross - part)
    return tuple(done[number] for number in sorted(done))


def _vat(rest: Rest, gross: int) -> int:
    """The VAT in a part of what is left: in proportion, never more than is left of it, and all of it at the end."""
    return half_up(Fraction(rest.vat * gross, rest.gross)) if rest.gross else 0
