"""What time it is for a project: its test mode may have been put forward, its live mode never is."""

import datetime as dt

from paymenthub.kernel import clock
from payments.models import Mode, Project


def project_now(project: Project, mode: str) -> dt.datetime:
    """Return the present moment of a project and mode."""
    return clock.now() + project.clock_offset if mode == Mode.TEST else clock.now()
