"""Items and invoices for property tests."""

import datetime as dt
from decimal import Decimal

from hypothesis import strategies as st

from invoices.domain.document import Document, DocumentKind, Issuer, Line, Party
from invoices.domain.items import Item
from invoices.domain.prices import groups_of

RATES = [Decimal(0), Decimal(4), Decimal("5.5"), Decimal(10), Decimal(19), Decimal(22), Decimal("27.25")]
ITEMS = st.lists(
    st.builds(
        Item,
        description=st.just("x"),
        amount=st.integers(1, 10**7),
        quantity=st.sampled_from([Decimal(1), Decimal(2), Decimal(7), Decimal("0.333"), Decimal("1.5")]),
        rate=st.sampled_from(RATES),
    ),
    min_size=1,
    max_size=12,
)


def invoice_of(lines: tuple[Line, ...], currency: str = "EUR") -> Document:
    someone = Party(name="x")
    net, vat = sum(line.net for line in lines), sum(line.vat for line in lines)
    return Document(
        kind=DocumentKind.INVOICE,
        number="INV2026-00001",
        issued_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
        currency=currency,
        language="en",
        timezone="UTC",
        issuer=Issuer(someone),
        buyer=someone,
        lines=lines,
        vat_groups=groups_of(lines),
        net=net,
        vat=vat,
        gross=net + vat,
        due=0,
        payment_id="pay_1",
        shop_transaction_id="o",
        payment_method="credit-cards",
    )
