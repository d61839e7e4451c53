"""XML elements by their short names, such as `ram:Name`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from lxml import etree

from invoices.pdf.clean import one_line

NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}


class Node:
    """An element to which children are added in the order of the schema. Elements without a text are left out."""

    def __init__(self, element: etree._Element) -> None:
        self._element = element

    @classmethod
    def root(cls, name: str) -> Node:
        """Return a new document's element."""
        return cls(etree.Element(_qualified(name), nsmap=NAMESPACES))

    def add(self, name: str) -> Node:
        """Return a new child that will have children."""
        return Node(etree.SubElement(self._element, _qualified(name)))

    def text(self, name: str, value: str, **attributes: str) -> None:
        """Add a child with a text, unless the text is empty."""
        clean = one_line(value)
        if clean:
            etree.SubElement(self._element, _qualified(name), attributes).text = clean

    def number(self, name: str, value: Decimal, **attributes: str) -> None:
        """Add a child with a number."""
        etree.SubElement(self._element, _qualified(name), attributes).text = f"{value:f}"

    def date(self, name: str, value: date, *, kind: str = "udt") -> None:
        """Add a child with a day."""
        day = etree.SubElement(self.add(name)._element, _qualified(f"{kind}:DateTimeString"), format="102")
        day.text = f"{value:%Y%m%d}"

    def to_bytes(self) -> bytes:
        """Return the document."""
        return bytes(etree.tostring(self._element, encoding="UTF-8", xml_declaration=True))


def _qualified(name: str) -> str:
    prefix, local = name.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"
