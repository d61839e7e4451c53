"""The sandbox PSP, as every other PSP: over HTTP."""

from .driver import SandboxDriver

__all__ = ["SandboxDriver"]
