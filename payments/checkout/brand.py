"""How a project looks on a page: addresses of this very host, and the stylesheet of its colours."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.templatetags.static import static

from payments.domain.contrast import mixed
from payments.models import Project, ProjectBranding
from payments.selectors.branding import branding_of


@dataclass(frozen=True, slots=True)
class Brand:
    """What the frame of every page shows."""

    name: str
    favicon_url: str
    logo_url: str = ""
    logo_width: int = 0
    logo_height: int = 0
    css_url: str = ""
    terms_url: str = ""
    support: str = ""
    support_url: str = ""
    own_texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def brand_of(project: Project | None) -> Brand:
    """Return a project's look; without one, the hub's own."""
    look = branding_of(project) if project is not None else None
    icon = static("checkout/icon.svg")
    if project is None or look is None:
        return Brand(name=project.name if project is not None else "PaymentHub", favicon_url=icon)
    base = f"/payment/brand/{project.id.hex}"
    return Brand(
        name=look.display_name or project.name,
        favicon_url=f"{base}/icon.png?v={look.version}" if look.has_favicon else icon,
        logo_url=f"{base}/logo.png?v={look.version}" if look.logo_width else "",
        # Logos are kept at twice the size they are shown at, for sharp screens.
        logo_width=-(-look.logo_width // 2),
        logo_height=-(-look.logo_height // 2),
        css_url=f"{base}/look.css?v={look.version}" if _has_colours(look) else "",
        terms_url=look.terms_url,
        support=look.support,
        support_url=_link_to(look.support),
        own_texts=look.texts,
    )


def stylesheet(look: ProjectBranding) -> str:
    """Write a project's colours; they hold in the dark too, since their contrast was checked with each other only."""
    text, card = look.text or "#1f2937", look.background or "#ffffff"
    named = {
        "--accent": look.accent or "#1d4fb8",
        "--on-accent": look.on_accent or "#ffffff",
        **dict.fromkeys(("--text", "--quiet", "--edge", "--good", "--bad"), text),
        **dict.fromkeys(("--card", "--page"), card),
        "--line": mixed(text, card, 0.2),
        "--soft": mixed(text, card, 0.05),
    }
    return f":root{{color-scheme:normal;{';'.join(f'{name}:{colour}' for name, colour in named.items())}}}\n"


def _has_colours(look: ProjectBranding) -> bool:
    return any((look.accent, look.on_accent, look.background, look.text))


def _link_to(support: str) -> str:
    if support.startswith(("https://", "http://")):
        return support
    if "@" in support:
        return f"mailto:{support}"
    return f"tel:{''.join(letter for letter in support if letter in '+0123456789')}" if support else ""
