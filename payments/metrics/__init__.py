"""What Prometheus is told. Callers need these functions and nothing else of the package."""

from .counters import called_outside, initialise, observe_psp_call, received_callback
from .exposition import CONTENT_TYPE, render
from .words import CallbackOutcome

__all__ = [
    "CONTENT_TYPE",
    "CallbackOutcome",
    "called_outside",
    "initialise",
    "observe_psp_call",
    "received_callback",
    "render",
]
