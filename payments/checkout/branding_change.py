"""Change how a project looks to its customers, with a row in the audit trail."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError

from paymenthub.kernel import db, ids
from paymenthub.kernel.errors import Conflict, InvalidField
from payments.domain.contrast import ENOUGH, contrast, is_colour
from payments.models import AuditAction, AuditOutcome, Project, ProjectBranding
from payments.selectors.branding import serves_the_hub
from payments.services.audit import Draft, FormClaim

from .images import favicon, logo
from .words import LANGUAGES, places, texts

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?::[0-9]{1,5})?")
_SUPPORT = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|\+?[0-9][0-9 ()/.-]{4,30}|https?://\S+")
_MOST_TEXT = 300
_DEFAULTS = {"accent": "#1d4fb8", "on_accent": "#ffffff", "background": "#ffffff", "text": "#1f2937"}
_PAIRS = (
    ("text", "background", "text on the background"),
    ("accent", "background", "links (the accent) on the background"),
    ("on_accent", "accent", "the words of a button on its colour"),
)


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, from where, and why."""

    actor: str
    address: str | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandingChange:
    """What a project's look is to be. Images: None leaves what is there, empty bytes take it away."""

    display_name: str = ""
    host: str = ""
    accent: str = ""
    on_accent: str = ""
    background: str = ""
    text: str = ""
    terms_url: str = ""
    support: str = ""
    texts: Mapping[str, Mapping[str, str]]
    logo: bytes | None = None
    favicon: bytes | None = None


def save_branding(*, project: Project, change: BrandingChange, by: By) -> ProjectBranding:
    """Change a project's look. Raises InvalidField that says what is wrong, or Conflict where the host is taken."""
    values = _values(change)
    try:
        with db.durable():
            row = _changed(project, values)
            row.version += 1
            row.save()
            _audit(row, project, by)
    except IntegrityError:
        raise Conflict("Another project has this host name, or somebody saved at this moment.", param="host") from None
    return row


def look_of(project: Project, change: BrandingChange) -> ProjectBranding:
    """Return the look that a change would make, not saved. Raises InvalidField as the change would."""
    return _changed(project, _values(change))


def checked_texts(own: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return a project's texts. Raises InvalidField for keys, places and lengths that the pages do not know."""
    kept: dict[str, dict[str, str]] = {}
    for language, said in own.items():
        if language not in LANGUAGES:
            raise InvalidField(f"«{language[:20]}» is no language of the pages: {', '.join(LANGUAGES)}.", param="texts")
        for key, text in said.items():
            ours = texts(language).get(key)
            if ours is None:
                raise InvalidField(f"There is no text «{key[:60]}».", param="texts")
            if len(text) > _MOST_TEXT:
                raise InvalidField(f"«{key}» may have {_MOST_TEXT} letters.", param="texts")
            if unknown := places(text) - places(ours):
                raise InvalidField(f"«{key}» has no place {{{min(unknown)}}} to fill in.", param="texts")
            kept.setdefault(language, {})[key] = text
    return kept


def _values(change: BrandingChange) -> dict[str, Any]:
    return {
        "display_name": change.display_name.strip()[:64],
        "host": _host(change.host),
        "terms_url": _terms(change.terms_url),
        "support": _support(change.support),
        "texts": checked_texts(change.texts),
        **_colours(change),
        **_images(change),
    }


def _changed(project: Project, values: Mapping[str, Any]) -> ProjectBranding:
    row = ProjectBranding.objects.filter(project=project).first() or ProjectBranding(project=project, version=0)
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _colours(change: BrandingChange) -> dict[str, str]:
    given = {name: getattr(change, name).strip().lower() for name in _DEFAULTS}
    for name, colour in given.items():
        if colour and not is_colour(colour):
            raise InvalidField("A colour is written as #1d4fb8.", param=name)
    shown = {name: colour or _DEFAULTS[name] for name, colour in given.items()}
    for upper, under, what in _PAIRS:
        ratio = contrast(shown[upper], shown[under])
        if ratio < ENOUGH:
            raise InvalidField(
                f"{what[0].upper()}{what[1:]} has a contrast of {ratio:.2f}:1 and needs {ENOUGH}:1, so that everybody can "
                f"read it: {shown[upper]} on {shown[under]}. Make one of them darker or lighter.",
                param=upper if given[upper] else under,
            )
    return given


def _images(change: BrandingChange) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if change.logo is not None:
        made = logo(change.logo) if change.logo else None
        values |= {
            "logo": made.png if made else b"",
            "logo_width": made.width if made else 0,
            "logo_height": made.height if made else 0,
        }
    if change.favicon is not None:
        icon = favicon(change.favicon) if change.favicon else None
        values |= {"favicon": icon.png if icon else b"", "has_favicon": icon is not None}
    return values


def _host(text: str) -> str | None:
    host = text.strip().lower()
    if not host:
        return None
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise InvalidField("This is no host name; write it as pay.shop.example, without https://.", param="host")
    if serves_the_hub(host):
        raise InvalidField("This is the hub's own host name: leave it empty.", param="host")
    return host


def _terms(text: str) -> str:
    url = text.strip()
    if url and (len(url) > 2000 or urlsplit(url).scheme not in ("https", "http") or not urlsplit(url).hostname):
        raise InvalidField("The terms' address begins with https://.", param="terms_url")
    return url


def _support(text: str) -> str:
    support = text.strip()
    if support and not _SUPPORT.fullmatch(support):
        raise InvalidField("Give a mail address, a telephone number, or an address with https://.", param="support")
    return support


def _audit(row: ProjectBranding, project: Project, by: By) -> None:
    # A row of its own for each deed: nothing here is done once per form.
    draft = Draft(
        action=AuditAction.BRANDING,
        project=project,
        object_id=ids.new_uuid(),
        number=1,
        actor=by.actor,
        address=by.address,
        note=by.note,
    )
    claim = FormClaim(draft, {})
    claim.take(None)
    claim.finish(AuditOutcome.OK, "The look of the checkout was changed.", details={"row": str(row.pk)})
