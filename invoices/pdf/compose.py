"""Turn a document into the sheet that a template prints."""

from invoices.domain.document import Document, DocumentKind, Line, VatCategory, VatGroup

from .clean import DESCRIPTION_LIMIT, NOTE_LIMIT, clip, paragraph
from .formats import Formats
from .parties import address, bank, contact, grouped_iban, in_brief, return_address
from .sheet import Field, Row, Sheet, Transfer, VatRow
from .texts import LANGUAGES, RIGHT_TO_LEFT, Texts, language_of

_NO_VAT = frozenset(VatCategory) - {VatCategory.STANDARD, VatCategory.ZERO}
_WIDE = 12


def compose(document: Document, *, logo: str, code: str) -> Sheet:
    """Return the sheet; `logo` and `code` name the pictures, or are empty where there is none."""
    language = language_of(document.language)
    texts = LANGUAGES[language]
    formats = Formats(language=language, currency=document.currency, timezone=document.timezone)
    issuer_party, home = document.issuer.party, document.issuer.party.country
    issuer = address(issuer_party, home=home, language=language, texts=texts)
    title = texts.invoice if document.kind is DocumentKind.INVOICE else texts.credit_note
    number = clip(document.number, 60)
    return Sheet(
        language=language,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        t=texts,
        title=title,
        number=number,
        currency=document.currency,
        heading=f"{title} {number}",
        page_words=_page_words(texts),
        logo=logo,
        logo_text=texts.logo.format(name=issuer.name),
        issuer=issuer,
        return_address=return_address(issuer),
        contact=contact(document.issuer, texts),
        bank=bank(document.issuer, texts),
        foot=in_brief(issuer),
        footer=clip(document.issuer.footer, 160),
        buyer=address(document.buyer, home=home, language=language, texts=texts),
        refers_to=_refers_to(document, texts, formats),
        meta=_meta(document, texts, formats),
        rows=tuple(_row(line, texts, formats) for line in document.lines),
        wide=_is_wide(document, formats),
        vat_rows=tuple(_vat_row(group, texts, formats) for group in document.vat_groups),
        vat_notes=_vat_notes(document, texts),
        totals=_totals(document, texts, formats),
        balance=_balance(document, texts, formats),
        mark=_mark(document, texts, formats),
        transfer=_transfer(document, texts, formats, code),
        notes=tuple(paragraph(note[:NOTE_LIMIT]) for note in document.notes if note.strip()),
    )


def _page_words(texts: Texts) -> tuple[str, str, str]:
    before, rest = texts.page.split("{page}")
    between, after = rest.split("{pages}")
    return before, between, after


def _refers_to(document: Document, texts: Texts, formats: Formats) -> str:
    if not document.refers_to or document.refers_to_issued_at is None:
        return ""
    date = formats.date(document.refers_to_issued_at)
    return texts.refers_to.format(number=clip(document.refers_to, 60), date=date)


def _meta(document: Document, texts: Texts, formats: Formats) -> tuple[Field, ...]:
    values = (
        (texts.number, clip(document.number, 60)),
        (texts.date, formats.date(document.issued_at)),
        (texts.order, clip(document.shop_transaction_id, 60)),
        (texts.payment_reference, clip(document.payment_id, 60)),
        (texts.payment_method, clip(document.payment_method, 60)),
    )
    return tuple(Field(label, value) for label, value in values if value)


def _row(line: Line, texts: Texts, formats: Formats) -> Row:
    details = []
    if line.item_id:
        details.append(texts.item.format(item=clip(line.item_id, 60)))
    if line.discount:
        details.append(texts.discount.format(amount=formats.number(line.discount)))
    return Row(
        number=str(line.number),
        description=clip(line.description, DESCRIPTION_LIMIT),
        details=tuple(details),
        quantity=formats.quantity(line.quantity),
        unit_price=formats.number(line.unit_gross),
        rate="–" if line.category is VatCategory.OUT_OF_SCOPE else formats.rate(line.rate),
        net=formats.number(line.net),
        amount=formats.number(line.gross),
    )


def _is_wide(document: Document, formats: Formats) -> bool:
    amounts = [document.gross, *(amount for line in document.lines for amount in (line.unit_gross, line.gross))]
    return max(len(formats.number(amount)) for amount in amounts) >= _WIDE


def _vat_row(group: VatGroup, texts: Texts, formats: Formats) -> VatRow:
    return VatRow(
        name="" if group.category is VatCategory.STANDARD else category_name(group.category, texts),
        rate="–" if group.category is VatCategory.OUT_OF_SCOPE else formats.rate(group.rate),
        net=formats.number(group.net),
        vat=formats.number(group.vat),
        amount=formats.number(group.gross),
    )


def category_name(category: VatCategory, texts: Texts) -> str:
    """Return what the law calls a way of being taxed, in the words of the language."""
    names = {
        VatCategory.STANDARD: texts.standard,
        VatCategory.ZERO: texts.zero,
        VatCategory.EXEMPT: texts.exempt,
        VatCategory.REVERSE_CHARGE: texts.reverse_charge,
        VatCategory.INTRA_COMMUNITY: texts.intra_community,
        VatCategory.EXPORT: texts.export,
        VatCategory.OUT_OF_SCOPE: texts.out_of_scope,
    }
    return names[category]


def _vat_notes(document: Document, texts: Texts) -> tuple[str, ...]:
    reasons = [clip(group.exemption_reason, NOTE_LIMIT) for group in document.vat_groups if group.category in _NO_VAT]
    return tuple(dict.fromkeys(reason for reason in reasons if reason))


def _totals(document: Document, texts: Texts, formats: Formats) -> tuple[Field, ...]:
    totals = [
        Field(texts.total_net, formats.amount(document.net)),
        Field(texts.total_vat, formats.amount(document.vat)),
        Field(texts.total, formats.amount(document.gross)),
    ]
    settled = document.gross - document.due
    if settled:
        label = texts.already_paid if document.kind is DocumentKind.INVOICE else texts.already_refunded
        totals.append(Field(label, formats.amount(settled)))
    return tuple(totals)


def _balance(document: Document, texts: Texts, formats: Formats) -> Field:
    label = texts.amount_due if document.kind is DocumentKind.INVOICE else texts.amount_to_refund
    return Field(label, formats.amount(document.due))


def _mark(document: Document, texts: Texts, formats: Formats) -> str:
    if document.due:
        return ""
    if document.kind is DocumentKind.CREDIT_NOTE:
        return texts.refunded
    return texts.paid_on.format(date=formats.date(document.paid_at)) if document.paid_at else texts.paid


def _transfer(document: Document, texts: Texts, formats: Formats, code: str) -> Transfer | None:
    if not code:
        return None
    amount, number = formats.amount(document.due), clip(document.number, 60)
    fields = (
        Field(texts.account_holder, clip(document.issuer.party.name, 70)),
        Field(texts.iban, grouped_iban(document.issuer.iban)),
        Field(texts.bic, clip(document.issuer.bic, 11)),
        Field(texts.amount_due, amount),
        Field(texts.reference, number),
    )
    return Transfer(
        code=code,
        code_text=texts.transfer_code.format(amount=amount, reference=number),
        fields=tuple(field for field in fields if field.value),
    )
