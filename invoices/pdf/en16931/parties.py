"""Seller (BG-4) and buyer (BG-7)."""

from invoices.domain.document import Document, Party, VatCategory

from .gaps import vat_id
from .nodes import Node


def add_parties(agreement: Node, document: Document) -> None:
    """Add both parties."""
    issuer = document.issuer.party
    # Who is not subject to VAT must not name VAT ids (BR-O-02).
    with_vat_id = all(group.category is not VatCategory.OUT_OF_SCOPE for group in document.vat_groups)
    seller = agreement.add("ram:SellerTradeParty")
    if not (with_vat_id and vat_id(issuer.vat_id)):
        # Without a VAT id the buyer's machine needs another way to know the seller (BR-CO-26).
        seller.text("ram:ID", issuer.tax_number or issuer.vat_id)
    seller.text("ram:Name", issuer.name)
    _add_contact(seller, issuer.name, document.issuer.telephone, issuer.email)
    _add_address(seller, issuer)
    if with_vat_id:
        _add_tax_id(seller, "VA", vat_id(issuer.vat_id))
    _add_tax_id(seller, "FC", issuer.tax_number)
    buyer = agreement.add("ram:BuyerTradeParty")
    buyer.text("ram:Name", document.buyer.name)
    _add_address(buyer, document.buyer)
    if with_vat_id:
        _add_tax_id(buyer, "VA", vat_id(document.buyer.vat_id))


def _add_contact(party: Node, name: str, telephone: str, email: str) -> None:
    if not telephone.strip() and not email.strip():
        return
    contact = party.add("ram:DefinedTradeContact")
    contact.text("ram:PersonName", name)
    if telephone.strip():
        contact.add("ram:TelephoneUniversalCommunication").text("ram:CompleteNumber", telephone)
    if email.strip():
        contact.add("ram:EmailURIUniversalCommunication").text("ram:URIID", email)


def _add_address(node: Node, party: Party) -> None:
    address = node.add("ram:PostalTradeAddress")
    address.text("ram:PostcodeCode", party.postal_code)
    for name, line in zip(("ram:LineOne", "ram:LineTwo", "ram:LineThree"), party.street.splitlines(), strict=False):
        address.text(name, line)
    address.text("ram:CityName", party.city)
    address.text("ram:CountryID", party.country)
    address.text("ram:CountrySubDivisionName", party.state)
    if party.email.strip():
        node.add("ram:URIUniversalCommunication").text("ram:URIID", party.email, schemeID="EM")


def _add_tax_id(node: Node, scheme: str, value: str) -> None:
    if value.strip():
        node.add("ram:SpecifiedTaxRegistration").text("ram:ID", value, schemeID=scheme)
