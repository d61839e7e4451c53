"""Find how a project looks, by its project and by the host name that a browser asked."""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet

from payments.models import Payment, Project, ProjectBranding

BLOBS = ("logo", "favicon")


def branding_of(project: Project) -> ProjectBranding | None:
    """Return a project's look; None where it has the hub's own. Costs no query where it was joined."""
    found: ProjectBranding | None = getattr(project, "branding", None)
    return found


def payments_with_looks() -> QuerySet[Payment]:
    """Read payments with project and look in one query, without the images' bytes."""
    images = (f"project__branding__{blob}" for blob in BLOBS)
    return Payment.objects.select_related("project__branding").defer(*images)


def public_base(project: Project) -> str:
    """Return the base URL of a project's checkout: its own host, else HUB_PUBLIC_URL; no slash at its end."""
    look = branding_of(project)
    if look is None or not look.host:
        return settings.HUB_PUBLIC_URL
    return f"{urlsplit(settings.HUB_PUBLIC_URL).scheme}://{look.host}"


def serves(host: str, project: Project) -> bool:
    """Tell whether a project's pages are shown at a host name (with or without port)."""
    look = branding_of(project)
    return serves_the_hub(host) or bool(look and look.host and host.lower() == look.host)


def serves_the_hub(host: str) -> bool:
    """Tell whether it is the host of HUB_PUBLIC_URL; on a machine of one's own any of its names."""
    ours = urlsplit(settings.HUB_PUBLIC_URL).hostname or ""
    asked = urlsplit(f"//{host}").hostname or ""
    return asked == ours or (_is_loopback(ours) and _is_loopback(asked))


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
