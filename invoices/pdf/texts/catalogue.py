"""What has to be said in every language: no text has a default, so none can be left out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Texts:
    """What is printed beside the data. Names in braces are filled in."""

    invoice: str
    credit_note: str
    number: str
    date: str
    order: str
    payment_reference: str
    payment_method: str
    refers_to: str
    bill_to: str
    position: str
    description: str
    item: str
    quantity: str
    unit_price: str
    vat: str
    net: str
    amount: str
    including_vat: str
    discount: str
    vat_summary: str
    rate: str
    total_net: str
    total_vat: str
    total: str
    already_paid: str
    already_refunded: str
    amount_due: str
    amount_to_refund: str
    paid: str
    paid_on: str
    refunded: str
    transfer: str
    transfer_hint: str
    transfer_code: str
    account_holder: str
    iban: str
    bic: str
    reference: str
    vat_id: str
    tax_number: str
    telephone: str
    email: str
    page: str
    payment_terms: str
    standard: str
    zero: str
    exempt: str
    reverse_charge: str
    intra_community: str
    export: str
    out_of_scope: str
    logo: str
