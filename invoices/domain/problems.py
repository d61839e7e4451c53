"""Why no document can be issued: a code for machines, a text for people."""


class Unbillable(Exception):
    """A document cannot be made from what is known; nothing is issued and no number is used."""

    def __init__(self, code: str, message: str, *, param: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
