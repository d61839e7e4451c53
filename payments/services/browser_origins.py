"""Say which web pages may call the hub with a project's browser keys."""

from collections.abc import Iterable

from paymenthub.kernel.errors import InvalidField
from payments.domain import origins
from payments.models import Project
from payments.selectors import api_keys

MOST = 20


def set_browser_origins(*, project: Project, listed: Iterable[str]) -> Project:
    """Replace a project's list: at once in this process, within API_KEY_CACHE_SECONDS in others. Raises InvalidField."""
    kept = list(dict.fromkeys(listed))
    if len(kept) > MOST:
        raise InvalidField(f"At most {MOST} origins.", param="browserOrigins")
    for origin in kept:
        wrong = origins.problem(origin)
        if wrong:
            raise InvalidField(f"{origin[:100]!r}: {wrong}", param="browserOrigins")
    Project.objects.filter(pk=project.pk).update(browser_origins=kept)
    project.browser_origins = kept
    api_keys.forget()
    return project
