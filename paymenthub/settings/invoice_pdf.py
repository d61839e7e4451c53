"""How invoices look."""

from . import env

INVOICE_TEMPLATES_DIR = env.text(
    "INVOICE_TEMPLATES_DIR",
    help="Folder of invoice templates: NAME/invoice.html and NAME/invoice.css replace ours for the project NAME.",
)
