"""The QR code of a SEPA credit transfer (EPC069-12), where a document asks for euro on an account."""

import io
from decimal import Decimal

import segno
from segno import helpers

from invoices.domain.document import Document, DocumentKind

from .clean import clip, one_line

_MAX_AMOUNT = 99_999_999_999  # minor units: EPC069-12 ends at 999 999 999.99
_NAME_LIMIT = 70
_TEXT_LIMIT = 140


def transfer_code(document: Document) -> bytes | None:
    """Return the code as SVG, or None where nothing is due, it is not euro, or there is no IBAN."""
    if document.kind is not DocumentKind.INVOICE or document.currency != "EUR" or not document.issuer.iban:
        return None
    if not 0 < document.due <= _MAX_AMOUNT:
        return None
    return _as_svg(
        helpers.make_epc_qr(
            name=clip(document.issuer.party.name, _NAME_LIMIT),
            iban="".join(document.issuer.iban.split()).upper(),
            amount=Decimal(document.due).scaleb(-2),
            text=one_line(document.number)[:_TEXT_LIMIT],
            bic="".join(document.issuer.bic.split()).upper() or None,
            encoding=1,
        )
    )


def _as_svg(code: segno.QRCode) -> bytes:
    stream = io.BytesIO()
    code.save(stream, kind="svg", border=0, xmldecl=False, omitsize=True, dark="#14181f")
    return stream.getvalue()
