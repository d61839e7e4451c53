"""The tables of the invoices app, one aggregate a file."""

from .invoice import FileState, Invoice
from .issue_job import IssueJob, JobState
from .number_series import NumberSeries
from .print_job import PrintJob, PrintState
from .profile import IssuerProfile, Logo, When

__all__ = [
    "FileState",
    "Invoice",
    "IssueJob",
    "IssuerProfile",
    "JobState",
    "Logo",
    "NumberSeries",
    "PrintJob",
    "PrintState",
    "When",
]
