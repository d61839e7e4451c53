"""As much of a browser as a customer of the demo needs: pages, one form, cookies, redirects one by one."""

import urllib.error
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPMessage
from http.cookiejar import CookieJar
from typing import IO, Any
from urllib.parse import urlencode, urljoin


@dataclass
class Answer:
    """What a server said. `location` is where it sends the customer, "" where it does not."""

    url: str
    status: int
    text: str
    location: str


@dataclass
class Form:
    """A form: where it goes, what is filled in, and its buttons as (name, value, label)."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


class Browser:
    """Ask for pages as a customer's browser does; redirects are left to the caller, to be shown."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), _Stay(), urllib.request.HTTPCookieProcessor(CookieJar())
        )

    def get(self, url: str) -> Answer:
        """Open a page."""
        return self._open(urllib.request.Request(url))  # noqa: S310 - http(s) only, see _open

    def press(self, page_url: str, form: Form, button: tuple[str, str, str]) -> Answer:
        """Send a form by one of its buttons."""
        fields = {**form.fields, **({button[0]: button[1]} if button[0] else {})}
        request = urllib.request.Request(urljoin(page_url, form.action), data=urlencode(fields).encode())  # noqa: S310
        return self._open(request)

    def _open(self, request: urllib.request.Request) -> Answer:
        if not request.full_url.startswith(("http://", "https://")):
            raise ValueError(f"{request.full_url} is no web address.")
        try:
            response = self._opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            text = response.read().decode("utf-8", "replace")
            location = response.headers.get("Location", "")
            return Answer(
                request.full_url, response.status, text, urljoin(request.full_url, location) if location else ""
            )


class Page(HTMLParser):
    """Read a page's title, headline and forms."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.title = ""
        self.forms: list[Form] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note titles, forms and what is in them."""
        values = {name: value or "" for name, value in attrs}
        if tag == "title":
            self._inside = "title"
        elif tag == "form":
            self.forms.append(Form(action=values.get("action", "")))
        elif self.forms and tag == "button":
            self.forms[-1].buttons.append((values.get("name", ""), values.get("value", ""), ""))
            self._inside = "button"
        elif self.forms and tag == "input" and values.get("name"):
            self._fill(self.forms[-1], values)

    def handle_endtag(self, tag: str) -> None:
        """Note where a title or button ends."""
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        """Take texts of titles and buttons."""
        if self._inside == "title":
            self.title = " ".join((self.title + data).split())
        elif self._inside == "button":
            name, value, label = self.forms[-1].buttons[-1]
            self.forms[-1].buttons[-1] = (name, value, " ".join(f"{label} {data}".split()))

    def _fill(self, form: Form, values: dict[str, str]) -> None:
        name, value, kind = values["name"], values.get("value", ""), values.get("type", "text").lower()
        if kind == "submit":
            form.buttons.append((name, value, value))
        elif kind == "radio":
            # The customer takes the first choice, unless the page has chosen one already.
            if "checked" in values or name not in form.fields:
                form.fields[name] = value
        elif kind != "checkbox" or "checked" in values:
            form.fields[name] = value


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follow no redirect."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Any:
        return None
