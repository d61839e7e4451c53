"""What comes out of `render`: a PDF for the archive, tagged, in its language."""

import io

import pikepdf

from invoices.pdf.render import render

from .samples import make_document


def test_a_document_becomes_a_tagged_pdf_in_its_language():
    rendered = render(make_document(language="it"))
    with pikepdf.open(io.BytesIO(rendered.pdf)) as pdf:
        assert str(pdf.Root.Lang) == "it"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.StructTreeRoot.K
