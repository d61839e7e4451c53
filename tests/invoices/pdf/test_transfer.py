"""The QR code of a SEPA credit transfer."""

from dataclasses import replace

import pytest
import segno

from invoices.domain.document import DocumentKind
from invoices.pdf.transfer import _as_svg, transfer_code

from .samples import ISSUER, make_document, unpaid

UNPAID = unpaid(make_document())
PAYLOAD = "BCD\n002\n1\nSCT\nCOBADEFFXXX\nBottega Verde S.r.l.\nDE89370400440532013000\nEUR24.4\n\n\n2026-00042"


def test_the_code_asks_for_the_amount_due_with_the_number_as_its_text():
    expected = segno.make(PAYLOAD.encode(), error="M", boost_error=False, micro=False, mode="byte")
    assert transfer_code(UNPAID) == _as_svg(expected)


def test_spaces_in_the_iban_make_no_difference():
    spaced = replace(ISSUER, iban="de89 3704 0044 0532 0130 00")
    assert transfer_code(replace(UNPAID, issuer=spaced)) == transfer_code(UNPAID)


@pytest.mark.parametrize(
    "document",
    [
        make_document(),
        replace(UNPAID, currency="CHF"),
        replace(UNPAID, issuer=replace(ISSUER, iban="")),
        replace(UNPAID, kind=DocumentKind.CREDIT_NOTE),
        replace(UNPAID, due=100_000_000_000),
    ],
)
def test_there_is_none_where_nothing_can_be_paid_by_it(document):
    assert transfer_code(document) is None
