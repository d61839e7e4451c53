"""What comes out of `render`: a PDF for the archive, tagged, in its language, with the invoice as data inside."""

import io
from collections.abc import Iterator
from dataclasses import replace

import pikepdf
import pytest

from invoices.domain.document import DocumentKind
from invoices.pdf.errors import RenderError
from invoices.pdf.render import MAX_LINES, render

from .reading import pages, text
from .samples import BUYER, ISSUED_AT, ISSUER, make_document, make_line, unpaid

pytestmark = pytest.mark.pdf

FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"


@pytest.fixture(scope="module")
def italian() -> bytes:
    return render(unpaid(make_document(language="it"))).pdf


def opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf))


def test_the_pdf_is_tagged_and_names_its_language_and_title(italian):
    with opened(italian) as pdf:
        assert str(pdf.Root.Lang) == "it"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.StructTreeRoot.K
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert pdf.docinfo["/Title"] == "Fattura 2026-00042"


def test_the_pdf_says_that_it_is_pdf_a_3_and_has_a_colour_profile(italian):
    with opened(italian) as pdf:
        assert pdf.open_metadata().pdfa_status == "3B"
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert pdf.Root.OutputIntents[0].DestOutputProfile.read_bytes()[36:40] == b"acsp"


def test_the_xml_is_embedded_as_an_alternative_of_the_page(italian):
    with opened(italian) as pdf:
        [embedded] = pdf.Root.AF
        assert embedded.AFRelationship == "/Alternative"
        assert str(embedded.UF) == "factur-x.xml"
        assert embedded.EF.F.Subtype == "/text/xml"
        assert (
            pdf.attachments["factur-x.xml"].get_file().read_bytes() == render(unpaid(make_document(language="it"))).xml
        )


def test_the_description_names_factur_x_once_and_declares_its_words(italian):
    with opened(italian) as pdf:
        description = pdf.Root.Metadata.read_bytes().decode()
        metadata = pdf.open_metadata()
        values = {name: metadata[FX + name] for name in ("DocumentType", "DocumentFileName", "ConformanceLevel")}
    assert values == {
        "DocumentType": "INVOICE",
        "DocumentFileName": "factur-x.xml",
        "ConformanceLevel": "EN 16931",
    }
    assert description.count("<rdf:RDF") == 1
    assert description.count("pdfaProperty:name>") == 2 * 4


def test_every_font_is_embedded_and_nothing_can_run_or_lead_elsewhere(italian):
    with opened(italian) as pdf:
        fonts = {name for page in pdf.pages for name in page.Resources.Font.keys()}  # noqa: SIM118 - a PDF dictionary
        descriptors = [found for found in objects(pdf) if found.get("/Type") == "/FontDescriptor"]
        assert len(descriptors) >= len(fonts) > 0
        assert all({"/FontFile2", "/FontFile3"} & set(found.keys()) for found in descriptors)
        kinds = {str(found.get("/S")) for found in objects(pdf)} | {
            str(found.get("/Subtype")) for found in objects(pdf)
        }
        assert not kinds & {"/JavaScript", "/Launch", "/URI", "/GoToR", "/Link"}
        assert "/Encrypt" not in pdf.trailer
        assert not {"/OpenAction", "/AA"} & set(pdf.Root.keys())


def objects(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    for found in pdf.objects:
        if isinstance(found, pikepdf.Dictionary | pikepdf.Stream):
            yield found


def test_pictures_have_a_text_for_those_who_cannot_see_them(italian):
    with opened(italian) as pdf:
        texts = [str(found["/Alt"]) for found in objects(pdf) if "/Alt" in found]
    assert texts == ["Codice QR di un bonifico SEPA di 24,40\N{NO-BREAK SPACE}€, causale 2026-00042"]


def test_without_data_for_it_there_is_no_xml_and_a_reason():
    rendered = render(make_document(buyer=replace(BUYER, country="")))
    assert rendered.xml is None
    assert rendered.xml_missing == "The buyer has no country, or one that ISO 3166 does not know."
    with opened(rendered.pdf) as pdf:
        assert "/AF" not in pdf.Root
        assert b"factur-x" not in pdf.Root.Metadata.read_bytes()
        assert pdf.open_metadata().pdfa_status == "3B"


def test_the_page_names_parties_lines_and_sums(italian):
    page = text(italian)
    for part in (
        "Anna Müller",
        "Hauptstraße 5",
        "Germania",
        "Fattura 2026-00042",
        "1 aprile 2026",  # 22:30 UTC of 31 March, in Rome
        "ORDER-10042",
        "Scented candle, cedar",
        "12,20",
        "22%",
        "Importo da pagare 24,40 €",
        "IBAN DE89 3704 0044 0532 0130 00",
        "Partita IVA IT12345670017",
        "Pagina 1 di 1",
    ):
        assert part in page


def test_a_paid_invoice_says_so_and_asks_for_nothing():
    page = text(render(make_document(language="de")).pdf)
    assert "Bezahlt am 1. April 2026" in page
    assert "Zu zahlen 0,00 €" in page
    assert "Überweisung" not in page


def test_a_part_that_is_paid_is_taken_off():
    page = text(render(unpaid(make_document(), due=1000)).pdf)
    assert "Already paid €14.40" in page
    assert "Amount due €10.00" in page


def test_a_credit_note_names_its_invoice():
    note = make_document(
        kind=DocumentKind.CREDIT_NOTE, number="G-7", refers_to="2026-00042", refers_to_issued_at=ISSUED_AT
    )
    page = text(render(note).pdf)
    assert "Credit note G-7" in page
    assert "For invoice 2026-00042 of 1 April 2026" in page
    assert "Refunded" in page


def test_an_invoice_of_many_lines_repeats_its_head_and_counts_its_pages():
    lines = [make_line(number, description=f"Article {number:03}") for number in range(1, 101)]
    found = pages(render(make_document(lines)).pdf)
    assert len(found) >= 4
    for number, page in enumerate(found, start=1):
        assert f"Page {number} of {len(found)}" in page
        assert ("Bottega Verde S.r.l. · Invoice 2026-00042" in page) == (number > 1)
    for page in found[:-1]:
        assert "Description Quantity" in page
    assert all(f"Article {number:03}" in " ".join(found) for number in range(1, 101))


@pytest.mark.parametrize("count", range(8, 28))
@pytest.mark.full
def test_the_sums_never_stand_on_a_page_without_a_line(count):
    lines = [make_line(number, description=f"Article {number:03}") for number in range(1, count + 1)]
    assert f"Article {count:03}" in pages(render(make_document(lines)).pdf)[-1]


def test_more_lines_than_a_pdf_may_have_are_refused():
    lines = [make_line(number) for number in range(MAX_LINES + 1)]
    with pytest.raises(RenderError, match="at most 2000 lines"):
        render(make_document(lines))


def test_a_character_without_a_font_is_told():
    rendered = render(make_document([make_line(description="Private \U000fabcd end")]))
    assert rendered.warnings == ("No font has U+FABCD; boxes are printed for them.",)


def test_a_bad_logo_is_left_out_and_told():
    rendered = render(make_document(issuer=replace(ISSUER, logo=b"file:///etc/passwd", logo_type="image/png")))
    assert rendered.warnings[0].startswith("The logo was left out.")
    assert "Bottega Verde S.r.l." in text(rendered.pdf)
