"""Trouble with a PSP. Answers are data; these are what is no answer."""

NO_REFERENCE = "no_reference"
"""The `psp_code` of an `Unavailable` fetch: without an id of its own this PSP cannot be asked. It never means «not found»."""


class DriverError(Exception):
    """The root: `psp_code` and `request_id` are the PSP's own, for support; never a credential."""

    def __init__(self, message: str, *, psp_code: str = "", request_id: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.psp_code = psp_code
        self.request_id = request_id


class Unavailable(DriverError):
    """Surely not processed: refused connection, 429, documented «not processed». The same key may be sent again."""


class OutcomeUnknown(DriverError):
    """Sent, but no usable answer: nobody sends again; the PSP is asked."""


class Rejected(DriverError):
    """The PSP understood and refused our request as wrong: nothing happened, a developer must look."""


class AuthFailed(DriverError):
    """The account's credentials are wrong: nothing happened, the merchant must look."""


class Unsupported(DriverError):
    """Not offered by this PSP; raised before any I/O."""


class InvalidProviderData(DriverError):
    """The caller's providerData lacks or mistakes a field; raised before any I/O. `param` names it."""

    def __init__(self, message: str, *, param: str) -> None:
        super().__init__(message)
        self.param = param


class WebhookRejected(DriverError):
    """A notification that does not verify: wrong signature, too old, malformed."""
