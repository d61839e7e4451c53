"""The paths of invoices: `api` ones need a key, `web` ones a signed link."""

from django.urls import URLPattern, URLResolver, path

from . import links
from .archive import InvoiceZipView
from .bff import BulkInvoiceDownloadView, InvoiceDownloadView, PaymentInvoiceDownloadView
from .collection import InvoiceFileView, InvoicesCountView, InvoicesExportView, InvoicesSlashView, InvoicesView
from .documents import InvoiceListView, InvoicePdfView, InvoiceView, InvoiceXmlView, PaymentInvoiceView
from .print_pdf import PrintedPdfView, PrintPdfView

web: list[URLPattern | URLResolver] = [path("invoices/download/<str:signed>", links.download)]
api: list[URLPattern | URLResolver] = [
    path("v1/invoices", InvoiceListView.as_view()),
    path("v1/invoices/zip", InvoiceZipView.as_view()),
    path("v1/invoices/<str:invoice_id>", InvoiceView.as_view()),
    path("v1/invoices/<str:invoice_id>/pdf", InvoicePdfView.as_view()),
    path("v1/invoices/<str:invoice_id>/xml", InvoiceXmlView.as_view()),
    path("v1/payments/<str:payment_id>/invoice", PaymentInvoiceView.as_view()),
    path("invoices", InvoicesView.as_view()),
    path("invoices/", InvoicesSlashView.as_view()),
    path("invoices/count", InvoicesCountView.as_view()),
    path("invoices/export", InvoicesExportView.as_view()),
    path("invoices/<str:invoice_id>", InvoiceFileView.as_view()),
    path("pgm-bff/invoice-download", InvoiceDownloadView.as_view()),
    path("pgm-bff/invoice-download/bulk", BulkInvoiceDownloadView.as_view()),
    path("pgm-bff/payment/<str:saga_id>/invoice", PaymentInvoiceDownloadView.as_view()),
    path("print-pdf", PrintPdfView.as_view()),
    path("print-pdf/<str:print_id>", PrintedPdfView.as_view()),
]
