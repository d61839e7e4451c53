"""The XML against the rules of EN 16931, for every kind of document there is."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from invoices.domain.document import Document, DocumentKind, VatCategory
from invoices.pdf.en16931 import build, why_not
from invoices.pdf.en16931.nodes import NAMESPACES
from invoices.pdf.en16931.prices import net_price
from invoices.pdf.texts import LANGUAGES

from .samples import BUYER, ISSUED_AT, ISSUER, SELLER, make_document, make_line, unpaid
from .schematron import violations

COMPANY = replace(BUYER, name="Müller & Söhne GmbH", vat_id="DE136695976")
MIXED = [
    make_line(1),
    make_line(2, quantity=Decimal(3), unit_gross=499, discount=150, item_id="SKU-881"),
    make_line(3, rate=Decimal(4), unit_gross=2490, quantity=Decimal(1)),
    make_line(4, rate=Decimal("5.5"), quantity=Decimal("0.333"), unit_gross=1999),
]


def untaxed(category: VatCategory, **over: object) -> Document:
    line = make_line(rate=Decimal(0), category=category, exemption_reason="Art. 10 DPR 633/72")
    return make_document([line], **over)


CREDIT = {"kind": DocumentKind.CREDIT_NOTE, "refers_to": "2026-00041", "refers_to_issued_at": ISSUED_AT}
SAMPLES = {
    "paid": make_document(MIXED),
    "unpaid": unpaid(make_document(MIXED)),
    "partly paid": unpaid(make_document(MIXED), due=500),
    "credit note": make_document(MIXED, **CREDIT),
    "credit note to be refunded": unpaid(make_document(MIXED, **CREDIT)),
    "company": make_document(MIXED, buyer=COMPANY),
    "yen": make_document([make_line(unit_gross=1100, rate=Decimal(10))], currency="JPY"),
    "dinars": make_document([make_line(unit_gross=12200)], currency="KWD"),
    "in dollars, unpaid": unpaid(make_document(MIXED, currency="USD")),
    "no VAT id": make_document(
        issuer=replace(ISSUER, party=replace(SELLER, vat_id="", tax_number="12/345/67890"), telephone="")
    ),
    "zero": untaxed(VatCategory.ZERO),
    "exempt": untaxed(VatCategory.EXEMPT),
    "reverse charge": untaxed(VatCategory.REVERSE_CHARGE, buyer=COMPANY),
    "export": untaxed(VatCategory.EXPORT, buyer=replace(BUYER, country="CH")),
    "out of scope": untaxed(VatCategory.OUT_OF_SCOPE, buyer=COMPANY),
    "taken off": make_document([make_line(1), make_line(2, unit_gross=-300, quantity=Decimal(1))]),
    "free": make_document([make_line(1), make_line(2, unit_gross=0)]),
    "notes": make_document(notes=("One.", "", "Two\nlines.")),
    "500 lines": make_document(
        [make_line(n, unit_gross=100 + n * 7, quantity=Decimal(n % 9 + 1)) for n in range(1, 501)]
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_keeps_every_rule(name):
    assert why_not(SAMPLES[name]) == ""
    assert violations(build(SAMPLES[name])) == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_keeps_every_rule(language):
    document = unpaid(untaxed(VatCategory.EXEMPT, language=language))
    without_reason = replace(document, vat_groups=(replace(document.vat_groups[0], exemption_reason=""),))
    assert violations(build(without_reason)) == []


amounts = st.integers(min_value=1, max_value=5_000_000)
quantities = st.decimals(min_value="0.001", max_value="2000", places=3)
rates = st.sampled_from([Decimal(rate) for rate in ("2.1", "4", "5.5", "7", "10", "19", "22", "25.5")])


@st.composite
def documents(draw: st.DrawFn) -> Document:
    lines = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        line = make_line(number, unit_gross=draw(amounts), quantity=draw(quantities), rate=draw(rates))
        if line.gross > 1 and draw(st.booleans()):
            off = draw(st.integers(1, line.gross - 1))
            line = make_line(number, unit_gross=line.unit_gross, quantity=line.quantity, rate=line.rate, discount=off)
        lines.append(line)
    document = make_document(lines)
    return unpaid(document, due=draw(st.integers(0, document.gross)))


@given(document=documents())
@settings(max_examples=60, deadline=None)
def test_whatever_is_sold_the_data_keep_every_rule(document):
    assert why_not(document) == ""
    assert violations(build(document)) == []


@given(unit_gross=amounts, quantity=quantities, rate=rates, off=st.integers(0, 100))
@settings(max_examples=300, deadline=None)
def test_the_net_price_leads_back_to_the_net_amount(unit_gross, quantity, rate, off):
    line = make_line(unit_gross=unit_gross, quantity=quantity, rate=rate)
    line = make_line(unit_gross=unit_gross, quantity=quantity, rate=rate, discount=line.gross * off // 100)
    price = net_price(line, digits=2)
    assert price.is_exact()
    assert price.net == Decimal(line.net) / 100
    assert price.allowance >= 0


def test_no_element_is_empty_but_that_of_the_delivery():
    empty = [found for found in etree.fromstring(build(SAMPLES["unpaid"])).iter() if not len(found) and not found.text]
    assert [etree.QName(found).localname for found in empty] == ["ApplicableHeaderTradeDelivery"]


def test_the_rules_are_run_at_all():
    wrong = build(SAMPLES["paid"]).replace(b"<ram:GrandTotalAmount>69.43<", b"<ram:GrandTotalAmount>69.44<")
    assert [rule.split(":")[0] for rule in violations(wrong)] == ["BR-CO-15", "BR-CO-16"]


def value(document: Document, path: str) -> list[str]:
    root = etree.fromstring(build(document))
    return [found.text for found in root.iterfind(f".//{path}", NAMESPACES)]


def test_the_sums_are_those_of_the_document():
    document = unpaid(make_document(MIXED), due=500)
    assert (document.net, document.vat, document.gross) == (6129, 814, 6943)
    totals = "ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:"
    assert value(document, f"{totals}TaxBasisTotalAmount") == ["61.29"]
    assert value(document, f"{totals}TaxTotalAmount") == ["8.14"]
    assert value(document, f"{totals}GrandTotalAmount") == ["69.43"]
    assert value(document, f"{totals}TotalPrepaidAmount") == ["64.43"]
    assert value(document, f"{totals}DuePayableAmount") == ["5.00"]


def test_a_discount_is_an_allowance_of_its_line():
    assert value(SAMPLES["paid"], "ram:SpecifiedTradeAllowanceCharge/ram:ActualAmount") == ["1.23"]
    assert value(SAMPLES["paid"], "ram:LineTotalAmount")[1] == "11.04"


def test_a_credit_note_names_its_kind_and_its_invoice():
    note = SAMPLES["credit note"]
    assert value(note, "ram:TypeCode")[0] == "381"
    assert value(note, "ram:InvoiceReferencedDocument/ram:IssuerAssignedID") == ["2026-00041"]
    assert value(note, "qdt:DateTimeString") == ["20260401"]


@pytest.mark.parametrize(
    ("name", "code"),
    [("reverse charge", "VATEX-EU-AE"), ("export", "VATEX-EU-G"), ("out of scope", "VATEX-EU-O")],
)
def test_why_there_is_no_vat_stands_there_as_a_code(name, code):
    assert value(SAMPLES[name], "ram:ExemptionReasonCode") == [code]


def test_an_unpaid_invoice_says_where_to_pay_and_a_paid_one_how_it_was():
    assert value(SAMPLES["unpaid"], "ram:IBANID") == ["DE89370400440532013000"]
    assert value(SAMPLES["unpaid"], "ram:PaymentReference") == ["2026-00042"]
    assert value(SAMPLES["paid"], "ram:IBANID") == []
    assert value(SAMPLES["paid"], "ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode") == ["68"]
