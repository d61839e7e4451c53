"""Invoices: how often work is looked for, where files lie, how long links and printed documents live."""

from pathlib import Path
from typing import Any

from . import env

INVOICE_INTERVAL = env.number(
    "INVOICE_INTERVAL", 5.0, help="Seconds between two looks for invoices to issue and files to make."
)
INVOICE_RENDER_TRIES = env.integer(
    "INVOICE_RENDER_TRIES", 5, minimum=1, help="Tries at an invoice's file before an operator is told; it is tried on."
)
INVOICE_LINK_SECONDS = env.integer(
    "INVOICE_LINK_SECONDS",
    3600,
    minimum=60,
    maximum=604800,
    help="Seconds for which a signed link to an invoice works.",
)
INVOICE_ZIP_MOST = env.integer("INVOICE_ZIP_MOST", 1000, minimum=1, maximum=10000, help="Invoices in one ZIP download.")
INVOICE_RETENTION_YEARS = env.integer(
    "INVOICE_RETENTION_YEARS",
    10,
    minimum=1,
    maximum=100,
    help="Years for which the law keeps invoices when a buyer is erased.",
)
PRINT_PDF_WAIT = env.number(
    "PRINT_PDF_WAIT", 10.0, help="Seconds for which /print-pdf waits for a worker; then 202 and a location."
)
PRINT_PDF_WAITING = env.integer(
    "PRINT_PDF_WAITING",
    8,
    minimum=0,
    help="Requests to /print-pdf that may wait at once in a process; over it: 202 at once.",
)
PRINT_PDF_KEEP = env.integer("PRINT_PDF_KEEP", 3600, minimum=60, help="Seconds for which a printed document is kept.")

COMPANY_DATA_PATH = env.text(
    "COMPANY_DATA_PATH",
    help="JSON file with the company on documents of /print-pdf, for projects without an issuer profile: companyName, address, "
    "telephoneNumber, logo (base64).",
)

INVOICE_STORAGE = env.words(
    "INVOICE_STORAGE", ["local"], allowed=["local", "s3"], help="Where invoices' files lie: local (VAR_DIR) or s3."
)[0]
_S3 = {
    "bucket_name": env.text("INVOICE_S3_BUCKET", help="The bucket."),
    "endpoint_url": env.text("INVOICE_S3_ENDPOINT", help="Address of the S3 service; empty: AWS.") or None,
    "region_name": env.text("INVOICE_S3_REGION", help="Its region.") or None,
    "access_key": env.text("INVOICE_S3_ACCESS_KEY", help="Access key; empty: as the AWS libraries find one.") or None,
    "secret_key": env.text("INVOICE_S3_SECRET_KEY", help="Its secret.", secret=True) or None,
}


def storages(var_dir: Path) -> dict[str, Any]:
    """Name the storages: Django's own two, and the private one of invoices."""
    local = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(var_dir / "invoices"),
            "allow_overwrite": True,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }
    s3 = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": _S3
        | {
            "default_acl": None,
            "querystring_auth": True,
            "querystring_expire": INVOICE_LINK_SECONDS,
            "file_overwrite": True,
            "signature_version": "s3v4",
        },
    }
    return {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        "invoices": s3 if INVOICE_STORAGE == "s3" else local,
    }
