"""The lines (BG-25)."""

from decimal import Decimal

from invoices.domain.document import Line, VatCategory
from invoices.pdf.texts import Texts

from .nodes import Node
from .prices import net_price

_PIECE = "C62"
_DISCOUNT = "95"


def add_line(transaction: Node, line: Line, *, digits: int, texts: Texts) -> None:
    """Add a line with its net price, its VAT and its net amount."""
    price = net_price(line, digits=digits)
    item = transaction.add("ram:IncludedSupplyChainTradeLineItem")
    item.add("ram:AssociatedDocumentLineDocument").text("ram:LineID", str(line.number))
    product = item.add("ram:SpecifiedTradeProduct")
    product.text("ram:SellerAssignedID", line.item_id)
    product.text("ram:Name", line.description)
    agreement = item.add("ram:SpecifiedLineTradeAgreement")
    agreement.add("ram:NetPriceProductTradePrice").number("ram:ChargeAmount", price.unit_price)
    item.add("ram:SpecifiedLineTradeDelivery").number("ram:BilledQuantity", price.quantity, unitCode=_PIECE)
    settlement = item.add("ram:SpecifiedLineTradeSettlement")
    tax = settlement.add("ram:ApplicableTradeTax")
    tax.text("ram:TypeCode", "VAT")
    tax.text("ram:CategoryCode", line.category)
    if line.category is not VatCategory.OUT_OF_SCOPE:
        tax.number("ram:RateApplicablePercent", plain(line.rate))
    if price.allowance:
        allowance = settlement.add("ram:SpecifiedTradeAllowanceCharge")
        allowance.add("ram:ChargeIndicator").text("udt:Indicator", "false")
        allowance.number("ram:ActualAmount", price.allowance)
        allowance.text("ram:ReasonCode", _DISCOUNT)
        allowance.text("ram:Reason", texts.discount.split("{")[0].rstrip(" :"))
    summation = settlement.add("ram:SpecifiedTradeSettlementLineMonetarySummation")
    summation.number("ram:LineTotalAmount", price.net)


def plain(rate: Decimal) -> Decimal:
    """Return a rate without the zeros at its end."""
    return rate.quantize(Decimal(1)) if rate == rate.to_integral() else rate.normalize()
