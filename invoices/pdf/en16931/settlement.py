"""How it is paid, VAT by group, and the totals (BG-16, BG-20 to BG-23)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from invoices.domain.document import Document, DocumentKind, VatCategory, VatGroup
from invoices.pdf.compose import category_name
from invoices.pdf.texts import Texts

from .lines import plain
from .nodes import Node
from .prices import major

_SEPA_CREDIT_TRANSFER = "58"
_ONLINE_PAYMENT = "68"
_EXEMPTION_CODES = {
    VatCategory.REVERSE_CHARGE: "VATEX-EU-AE",
    VatCategory.INTRA_COMMUNITY: "VATEX-EU-IC",
    VatCategory.EXPORT: "VATEX-EU-G",
    VatCategory.OUT_OF_SCOPE: "VATEX-EU-O",
}


def add_settlement(transaction: Node, document: Document, *, digits: int, texts: Texts) -> None:
    """Add what is to be paid, how, and with which VAT."""
    node = transaction.add("ram:ApplicableHeaderTradeSettlement")
    asks_for_money = document.kind is DocumentKind.INVOICE and document.due > 0
    node.text("ram:PaymentReference", document.number if asks_for_money else document.payment_id)
    node.text("ram:InvoiceCurrencyCode", document.currency)
    _add_means(node, document, asks_for_money=asks_for_money)
    for group in document.vat_groups:
        _add_group(node, group, digits=digits, texts=texts)
    if document.due > 0:
        terms = texts.payment_terms if asks_for_money else texts.amount_to_refund
        node.add("ram:SpecifiedTradePaymentTerms").text("ram:Description", terms)
    _add_totals(node, document, digits)
    if document.refers_to:
        reference = node.add("ram:InvoiceReferencedDocument")
        reference.text("ram:IssuerAssignedID", document.refers_to)
        if document.refers_to_issued_at:
            day = local_day(document.refers_to_issued_at, document)
            reference.date("ram:FormattedIssueDateTime", day, kind="qdt")


def local_day(moment: datetime, document: Document) -> datetime:
    """Return a moment in the document's time zone."""
    return moment.astimezone(ZoneInfo(document.timezone))


def _add_means(node: Node, document: Document, *, asks_for_money: bool) -> None:
    if asks_for_money and document.issuer.iban and document.currency == "EUR":
        means = node.add("ram:SpecifiedTradeSettlementPaymentMeans")
        means.text("ram:TypeCode", _SEPA_CREDIT_TRANSFER)
        account = means.add("ram:PayeePartyCreditorFinancialAccount")
        account.text("ram:IBANID", "".join(document.issuer.iban.split()).upper())
        account.text("ram:AccountName", document.issuer.party.name)
        if document.issuer.bic:
            means.add("ram:PayeeSpecifiedCreditorFinancialInstitution").text("ram:BICID", document.issuer.bic)
    elif not document.due:
        means = node.add("ram:SpecifiedTradeSettlementPaymentMeans")
        means.text("ram:TypeCode", _ONLINE_PAYMENT)
        means.text("ram:Information", document.payment_method)


def _add_group(node: Node, group: VatGroup, *, digits: int, texts: Texts) -> None:
    tax = node.add("ram:ApplicableTradeTax")
    tax.number("ram:CalculatedAmount", major(group.vat, digits))
    tax.text("ram:TypeCode", "VAT")
    if group.category not in (VatCategory.STANDARD, VatCategory.ZERO):
        tax.text("ram:ExemptionReason", group.exemption_reason or category_name(group.category, texts))
    tax.number("ram:BasisAmount", major(group.net, digits))
    tax.text("ram:CategoryCode", group.category)
    tax.text("ram:ExemptionReasonCode", _EXEMPTION_CODES.get(group.category, ""))
    if group.category is not VatCategory.OUT_OF_SCOPE:
        tax.number("ram:RateApplicablePercent", plain(group.rate))


def _add_totals(node: Node, document: Document, digits: int) -> None:
    totals = node.add("ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    totals.number("ram:LineTotalAmount", major(document.net, digits))
    totals.number("ram:TaxBasisTotalAmount", major(document.net, digits))
    totals.number("ram:TaxTotalAmount", major(document.vat, digits), currencyID=document.currency)
    totals.number("ram:GrandTotalAmount", major(document.gross, digits))
    totals.number("ram:TotalPrepaidAmount", major(document.gross - document.due, digits))
    totals.number("ram:DuePayableAmount", major(document.due, digits))
