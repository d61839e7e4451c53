"""What goes wrong while a local stack is set up."""


class SetupError(Exception):
    """Say what went wrong and what to do next; shown to a person without a traceback."""
