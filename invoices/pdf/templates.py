"""The template and style sheet of an invoice: ours, or a project's own.

A project's own stand in INVOICE_TEMPLATES_DIR/NAME/: `invoice.html` (Jinja2) and `invoice.css`; what is not there is
ours. They come from operators, not from customers. Even so they run in a sandbox and see only the sheet.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .bidi import RIGHT_TO_LEFT_LETTER, isolate
from .errors import RenderError
from .sheet import Sheet

OURS = Path(__file__).resolve().parents[2] / "templates" / "invoices"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_ENVIRONMENT = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)


@dataclass(frozen=True, slots=True)
class Look:
    """A template and the style sheet that goes with it."""

    template: Template
    style: str

    def html(self, sheet: Sheet) -> str:
        """Fill in the template; raises RenderError where it is broken."""
        try:
            html = self.template.render(sheet=sheet, t=sheet.t)
        except (TemplateError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise RenderError(f"The invoice template cannot be filled in: {error}") from error
        return isolate(html) if sheet.direction == "rtl" or RIGHT_TO_LEFT_LETTER.search(html) else html


def look(name: str | None) -> Look:
    """Return the look of that name, and ours where it has no files of its own."""
    html, css = _own_or_ours(name, "invoice.html"), _own_or_ours(name, "invoice.css")
    return _load(html, html.stat().st_mtime_ns, css, css.stat().st_mtime_ns)


def _own_or_ours(name: str | None, file: str) -> Path:
    folder = settings.INVOICE_TEMPLATES_DIR
    if not folder or not name:
        return OURS / file
    if not _NAME.fullmatch(name):
        raise RenderError("The name of an invoice template has letters, digits, - and _ only, at most 63.")
    own = Path(folder) / name / file
    return own if own.is_file() else OURS / file


# Keyed by the time of their last change, so that an edited template counts at once.
@lru_cache(maxsize=64)
def _load(html: Path, _html_changed: int, css: Path, _css_changed: int) -> Look:
    try:
        return Look(template=_ENVIRONMENT.from_string(html.read_text()), style=css.read_text())
    except (TemplateError, OSError, UnicodeDecodeError) as error:
        raise RenderError(f"The invoice template {html.name} cannot be read: {error}") from error
