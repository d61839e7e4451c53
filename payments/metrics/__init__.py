"""What Prometheus is told. Callers need these functions and nothing else of the package."""

from .counters import initialise, observe_psp_call, received_callback
from .exposition import CONTENT_TYPE, render
from .words import CallbackOutcome

__all__ = ["CONTENT_TYPE", "CallbackOutcome", "initialise", "observe_psp_call", "received_callback", "render"]
