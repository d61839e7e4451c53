"""Errors of the invoices API, each something that a caller can act on."""

from invoices.domain.problems import Unbillable
from paymenthub.kernel.errors import Conflict, Forbidden, HubError, InvalidField, Unprocessable, WrongState


class NotInvoiceable(Unprocessable):
    """No right document can be made of this payment; `details.problem` says why, and no number was used."""

    code = "not_invoiceable"


class FileNotReady(Conflict):
    """The document is issued, and its file is still being made; ask again."""

    code, retryable = "file_not_ready", True


class NoXml(Conflict):
    """The document has no EN 16931 data: what it needs is not known of issuer or buyer."""

    code = "no_xml"


class LinkExpired(Forbidden):
    """The signed link's time is over; ask the API for a new one."""

    code = "link_expired"


class TooManyInvoices(Unprocessable):
    """More invoices match than one download may hold; narrow the dates."""

    code = "too_many_invoices"


class PrintFailed(HubError):
    """The document could not be printed; it was tried several times."""

    code, status = "print_failed", 500


def told(problem: Unbillable) -> HubError:
    """Put a problem into the words of the API."""
    if problem.code == "not_captured":
        return WrongState(problem.message)
    if problem.code in ("items_invalid", "buyer_invalid"):
        return InvalidField(problem.message, param=problem.param)
    return NotInvoiceable(problem.message, param=problem.param or None, details={"problem": problem.code})
