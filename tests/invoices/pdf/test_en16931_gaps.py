"""What keeps a document from having an XML: it is left out with a reason, never wrong."""

from dataclasses import replace
from decimal import Decimal

import pytest

from invoices.domain.document import VatCategory
from invoices.pdf.en16931 import why_not

from .samples import BUYER, ISSUER, SELLER, make_document, make_line

GOOD = make_document([make_line(1), make_line(2, rate=Decimal(4))])


def untaxed(category: VatCategory, **over: object):
    return make_document([make_line(rate=Decimal(0), category=category)], **over)


def issued_by(**over: object):
    return replace(GOOD, issuer=replace(ISSUER, party=replace(SELLER, **over)))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (replace(GOOD, buyer=replace(BUYER, country="")), "buyer has no country"),
        (replace(GOOD, buyer=replace(BUYER, country="QQ")), "buyer has no country"),
        (replace(GOOD, buyer=replace(BUYER, name="\x00 ")), "buyer has no name"),
        (issued_by(country=""), "issuer has no country"),
        (issued_by(vat_id=""), "neither a VAT id nor a tax number"),
        (issued_by(vat_id="12345"), "neither a VAT id nor a tax number"),
        (replace(GOOD, number=" "), "no number"),
        (replace(GOOD, currency="XAD"), "does not know the currency XAD"),
        (make_document([make_line(unit_gross=12201)], currency="KWD"), "allows two decimals"),
        (replace(GOOD, lines=()), "no lines"),
        (replace(GOOD, lines=GOOD.lines[:1]), "do not add up to their VAT group"),
        (replace(GOOD, lines=(replace(GOOD.lines[0], description=""), GOOD.lines[1])), "Line 1 has no description"),
        (replace(GOOD, net=GOOD.net + 1, gross=GOOD.gross + 1), "do not add up to the net total"),
        (replace(GOOD, vat=GOOD.vat + 1, gross=GOOD.gross + 1), "do not add up to the VAT total"),
        (replace(GOOD, gross=GOOD.gross + 1), "do not add up to the gross total"),
        (make_document([make_line(rate=Decimal(0))]), "does not go with a rate of 0 %"),
        (untaxed(VatCategory.REVERSE_CHARGE), "needs the buyer's VAT id"),
        (untaxed(VatCategory.INTRA_COMMUNITY), "day of delivery"),
        (
            make_document([make_line(1), make_line(2, rate=Decimal(0), category=VatCategory.OUT_OF_SCOPE)]),
            "cannot stand beside others",
        ),
    ],
)
def test_a_gap_is_named(document, reason):
    assert reason in why_not(document)


def test_vat_that_rounding_does_not_explain_is_no_invoice():
    line = make_line()
    wrong = replace(line, net=line.net - 120, vat=line.vat + 120)
    assert "further from net times rate" in why_not(make_document([wrong]))
