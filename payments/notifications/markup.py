"""What HTML a mail may hold: an allow list, checked on what a template makes and never repaired."""

from html.parser import HTMLParser
from typing import Final

from payments.notifications.sandbox import TemplateRefused

TAGS: Final = frozenset(
    {
        *("a", "b", "blockquote", "br", "center", "code", "div", "em", "h1", "h2", "h3", "hr", "i", "img", "li", "ol"),
        *("p", "pre", "small", "span", "strong", "sub", "sup", "u", "ul"),
        *("table", "tbody", "td", "tfoot", "th", "thead", "tr"),
    }
)
ATTRIBUTES: Final = frozenset(
    {
        *("align", "alt", "bgcolor", "border", "cellpadding", "cellspacing", "class", "colspan", "dir", "height"),
        *("href", "lang", "role", "rowspan", "scope", "src", "style", "title", "valign", "width"),
    }
)
_SCHEMES = ("https://", "http://", "mailto:", "tel:", "cid:")
_BAD_STYLE = ("url(", "expression", "@import", "position", "behavior", "\\", "/*")


def check_markup(html: str) -> None:
    """Refuse scripts, forms, frames, handlers, and addresses that are no web, mail or phone address."""
    parser = _Checker(convert_charrefs=True)
    parser.feed(html)
    parser.close()


class _Checker(HTMLParser):
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise TemplateRefused(f"The element <{tag[:40]}> may not stand in a mail.")
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_decl(self, decl: str) -> None:
        raise TemplateRefused("The frame of the page is the hub's: write what stands inside the body.")

    def unknown_decl(self, data: str) -> None:
        raise TemplateRefused("This is not HTML of a mail.")

    def handle_pi(self, data: str) -> None:
        raise TemplateRefused("This is not HTML of a mail.")

    def handle_comment(self, data: str) -> None:
        raise TemplateRefused("HTML comments may not stand in a mail; write {# … #}.")

    @staticmethod
    def _attribute(tag: str, name: str, value: str) -> None:
        if name not in ATTRIBUTES:
            raise TemplateRefused(f"The attribute «{name[:40]}» of <{tag}> may not stand in a mail.")
        if name in ("href", "src") and value and not value.strip().lower().startswith(_SCHEMES):
            raise TemplateRefused(f"The {name} of <{tag}> must begin with https://, http://, mailto:, tel: or cid:.")
        if name == "style" and any(bad in value.lower() for bad in _BAD_STYLE):
            raise TemplateRefused(f"The style of <{tag}> holds what may not stand in a mail.")
