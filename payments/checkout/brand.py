"""How a project looks to its customers."""

from dataclasses import dataclass
from typing import Any

from django.templatetags.static import static

from payments.models import Project


@dataclass(frozen=True, slots=True)
class Brand:
    """What the frame of every page shows; addresses are of this very host."""

    name: str
    logo_url: str = ""
    favicon_url: str = ""
    css_url: str = ""
    terms_url: str = ""
    support: str = ""
    support_url: str = ""
    own_texts: Any = None


def brand_of(project: Project | None) -> Brand:
    """Return a project's look; without one, the hub's own."""
    return Brand(name=project.name if project else "PaymentHub", favicon_url=static("checkout/icon.svg"))
