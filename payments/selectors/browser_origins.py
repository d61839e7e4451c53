"""Which web pages may call the hub from a browser."""

from payments.domain import origins
from payments.models import Project, Standing


def is_known(origin: str) -> bool:
    """Tell whether any active project lists an origin: all that a preflight, which brings no key, can be asked."""
    if origins.problem(origin):
        return False
    return Project.objects.filter(
        browser_origins__contains=[origin], standing=Standing.ACTIVE, principal__standing=Standing.ACTIVE
    ).exists()
