"""From facts to a mail: subject, HTML with its CSS in place, and text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import css_inline
import jinja2
from babel import Locale
from django.conf import settings
from markupsafe import Markup

from payments.models import MailAudience
from payments.notifications import sandbox
from payments.notifications import writing as write
from payments.notifications.events import EVENTS, MailEvent
from payments.notifications.markup import check_markup
from payments.notifications.sandbox import TemplateRefused
from payments.notifications.texts import Source, button_text, ours, words

_LONGEST_VALUE = 500
_BLANK_LINES = re.compile(r"\n{3,}")
_BUTTON = jinja2.Environment(autoescape=True).from_string(
    '<table class="button" role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td>'
    '<a href="{{ link }}">{{ text }}</a></td></tr></table><p class="hint">{{ hint }}<br><a href="{{ link }}">{{ link }}</a></p>'
)
_DETAILS = jinja2.Environment(autoescape=True).from_string(
    '<table class="details" cellpadding="0" cellspacing="0">{% for name, value in rows %}'
    '<tr><th scope="row">{{ name }}</th><td>{{ value }}</td></tr>{% endfor %}</table>'
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What one mail is about, already written for its reader. `values` has every variable that the event declares."""

    event: MailEvent
    locale: Locale
    shop_name: str
    buyer_name: str = ""
    link: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    is_test: bool = False

    @property
    def language(self) -> str:
        """The language of the texts."""
        return str(self.locale.language)


@dataclass(frozen=True, slots=True)
class Composed:
    """A finished mail without its envelope. `note` says why a project's template was not used."""

    subject: str
    html: str
    text: str
    note: str = ""


def compose(facts: Facts, source: Source | None) -> Composed:
    """Make the mail from the project's template; where there is none or it cannot be rendered, from the hub's own.

    Raises TemplateRefused where neither can be.
    """
    note = ""
    if source is not None:
        try:
            return render(facts, source)
        except TemplateRefused as refused:
            note = str(refused)
    if facts.event.name not in EVENTS:
        raise TemplateRefused(note or f"There is no template «{facts.event.name}».")
    made = render(facts, ours(facts.event.name, facts.language))
    return Composed(made.subject, made.html, made.text, note)


def render(facts: Facts, source: Source) -> Composed:
    """Render one template. Raises TemplateRefused."""
    plain = _variables(facts)
    subject = write.subject(sandbox.render_text(source.subject, plain))
    if not subject:
        raise TemplateRefused("The subject is empty.")
    rows = [(words(facts.language)["labels"][name], plain[name]) for name in facts.event.details if plain.get(name)]
    texts = plain | {
        "details": "\n".join(f"{name}: {value}" for name, value in rows),
        "button": _button_as_text(facts, plain),
    }
    marked = plain | {"details": Markup(_DETAILS.render(rows=rows)), "button": _button(facts, plain)}  # noqa: S704 - escaped
    content = sandbox.render_html(source.html, marked)
    check_markup(content)
    told = words(facts.language)
    footer = told["footer_staff" if facts.event.audience is MailAudience.STAFF else "footer"]
    frame = {
        "subject": subject,
        "language": facts.language,
        "shop_name": plain["shop_name"],
        "preheader": sandbox.render_text(source.preheader, plain),
        "test_notice": told["test"] if facts.is_test else "",
        "footer": sandbox.render_text(footer, plain),
    }
    html = _inliner().inline(_layout("layout.html").render(**frame, content=content))
    text = _layout("layout.txt").render(**frame, content=sandbox.render_text(source.text, texts).strip())
    return Composed(subject, html, _BLANK_LINES.sub("\n\n", text).strip() + "\n")


def _variables(facts: Facts) -> dict[str, Any]:
    told = words(facts.language)
    common = {
        "shop_name": write.line(facts.shop_name),
        "buyer_name": write.line(facts.buyer_name),
        "link": facts.link,
        "details": "",
        "button": "",
    }
    greeting = told["greeting" if common["buyer_name"] else "greeting_unknown"]
    common["greeting"] = sandbox.render_text(greeting, {"buyer_name": common["buyer_name"]})
    return {name: _clean(facts.values.get(name, "")) for name in facts.event.own} | common


def _clean(value: Any) -> Any:
    """Make one line of every text, wherever it came from."""
    if isinstance(value, list):
        return [{name: _clean(text) for name, text in row.items()} for row in value]
    return write.line(value, _LONGEST_VALUE)


def _button(facts: Facts, plain: Mapping[str, Any]) -> Markup:
    text = button_text(facts.event.name, facts.language)
    if not text or not facts.link:
        return Markup("")
    hint = words(facts.language)["link_hint"]
    return Markup(_BUTTON.render(link=facts.link, text=sandbox.render_text(text, plain), hint=hint))  # noqa: S704 - escaped


def _button_as_text(facts: Facts, plain: Mapping[str, Any]) -> str:
    text = button_text(facts.event.name, facts.language)
    return f"{sandbox.render_text(text, plain)}:\n{facts.link}" if text and facts.link else ""


@cache
def _layout(name: str) -> jinja2.Template:
    source = (_folder() / name).read_text(encoding="utf-8")
    # The text layout holds no markup, and its values are text.
    return jinja2.Environment(autoescape=name.endswith(".html"), trim_blocks=True).from_string(source)


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(
        load_remote_stylesheets=False,
        keep_at_rules=True,
        extra_css=(_folder() / "mail.css").read_text(encoding="utf-8"),
    )


def _folder() -> Path:
    return Path(settings.BASE_DIR) / "templates" / "mail"
