"""The PDF's own description (XMP): that it is PDF/A-3, and that it carries a Factur-X invoice."""

from typing import Self
from xml.etree.ElementTree import fromstring, register_namespace, tostring

from weasyprint.pdf.metadata import DocumentMetadata

_FACTUR_X = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PREFIXES = {
    "fx": _FACTUR_X,
    "pdfaExtension": "http://www.aiim.org/pdfa/ns/extension/",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
    "pdfaProperty": "http://www.aiim.org/pdfa/ns/property#",
}
for _prefix, _uri in _PREFIXES.items():
    register_namespace(_prefix, _uri)

_PROPERTIES = {
    "DocumentFileName": "The name of the embedded XML document",
    "DocumentType": "The type of the hybrid document in capital letters, e.g. INVOICE or ORDER",
    "Version": "The actual version of the standard applying to the embedded XML document",
    "ConformanceLevel": "The conformance level of the embedded XML document",
}
_DESCRIPTIONS = """
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:fx="{fx}"
    xmlns:pdfaExtension="{pdfaExtension}" xmlns:pdfaSchema="{pdfaSchema}" xmlns:pdfaProperty="{pdfaProperty}">
  <rdf:Description rdf:about="">
    <fx:DocumentType>INVOICE</fx:DocumentType>
    <fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>
    <fx:Version>1.0</fx:Version>
    <fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
  </rdf:Description>
  <rdf:Description rdf:about=""><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
    <pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
    <pdfaSchema:namespaceURI>{fx}</pdfaSchema:namespaceURI>
    <pdfaSchema:prefix>fx</pdfaSchema:prefix>
    <pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>
  </rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>"""
_PROPERTY = """<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>
<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>
<pdfaProperty:description>{text}</pdfaProperty:description></rdf:li>"""


class Metadata(DocumentMetadata):  # type: ignore[misc]
    """WeasyPrint's metadata with those of Factur-X in the same RDF element: XMP knows only one."""

    factur_x = False

    @classmethod
    def of(cls, metadata: DocumentMetadata, *, factur_x: bool) -> Self:
        """Return the same metadata as this class."""
        own = cls(**vars(metadata))
        own.factur_x = factur_x
        return own

    def generate_rdf_metadata(self, variant: str, version: int, conformance: str) -> bytes:
        """Return the RDF element."""
        rdf = bytes(super().generate_rdf_metadata(variant, version, conformance))
        if not self.factur_x:
            return rdf
        root = fromstring(rdf)  # noqa: S314 - what WeasyPrint has just written
        properties = "".join(_PROPERTY.format(name=name, text=text) for name, text in _PROPERTIES.items())
        root.extend(fromstring(_DESCRIPTIONS.format(properties=properties, **_PREFIXES)))  # noqa: S314 - our own text
        return bytes(tostring(root, encoding="utf-8"))
