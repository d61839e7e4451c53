"""The whole XML."""

from invoices.domain.document import Document, DocumentKind
from invoices.pdf.texts import LANGUAGES, language_of
from paymenthub.kernel.money import exponent

from .lines import add_line
from .nodes import Node
from .parties import add_parties
from .settlement import add_settlement, local_day

PROFILE = "urn:cen.eu:en16931:2017"
_TYPE_CODES = {DocumentKind.INVOICE: "380", DocumentKind.CREDIT_NOTE: "381"}


def build(document: Document) -> bytes:
    """Return the XML of a document of which `why_not` has nothing to say."""
    texts = LANGUAGES[language_of(document.language)]
    digits = exponent(document.currency)
    root = Node.root("rsm:CrossIndustryInvoice")
    context = root.add("rsm:ExchangedDocumentContext")
    context.add("ram:GuidelineSpecifiedDocumentContextParameter").text("ram:ID", PROFILE)
    header = root.add("rsm:ExchangedDocument")
    header.text("ram:ID", document.number)
    header.text("ram:TypeCode", _TYPE_CODES[document.kind])
    header.date("ram:IssueDateTime", local_day(document.issued_at, document))
    for note in document.notes:
        if note.strip():
            header.add("ram:IncludedNote").text("ram:Content", note)
    transaction = root.add("rsm:SupplyChainTradeTransaction")
    for line in document.lines:
        add_line(transaction, line, digits=digits, texts=texts)
    agreement = transaction.add("ram:ApplicableHeaderTradeAgreement")
    add_parties(agreement, document)
    if document.shop_transaction_id.strip():
        order = agreement.add("ram:SellerOrderReferencedDocument")
        order.text("ram:IssuerAssignedID", document.shop_transaction_id)
    transaction.add("ram:ApplicableHeaderTradeDelivery")
    add_settlement(transaction, document, digits=digits, texts=texts)
    return root.to_bytes()
