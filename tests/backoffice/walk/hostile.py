"""What people write who mean harm, and how to tell whether a page shows it as text only."""

from html.parser import HTMLParser

SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"\"><img src=x onerror=alert(1)>{SCRIPT}'{{{{ 7*7 }}}}{{% now %}}javascript:alert(1)\u202egnp.\u0008"
_RUNS = ("on", "x-", "@", ":", "hx-", "style", "data-x")
_LEADS = ("href", "src", "action", "formaction", "srcdoc", "poster", "xlink:href")
_WORD = "alert("


class Reader(HTMLParser):
    """Reads a page as a browser does, and keeps what of the hostile text would be more than text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.shown = False
        self._script: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name.lower(): value or "" for name, value in attrs}
        if tag == "script":
            self._script = given.get("type", "")
        if tag == "img" and given.get("src") == "x":
            self.found.append("the picture")
        for name, value in given.items():
            runs = name.startswith(_RUNS) and _WORD in value
            leads = name in _LEADS and value.strip().lower().startswith(("javascript:", "data:text/html"))
            framed = name == "srcdoc" and _WORD in value and given.get("sandbox") != ""
            if runs or leads or framed or '"><img' in name:
                self.found.append(f"<{tag} {name}={value[:80]!r}>")
        if tag == "iframe" and "srcdoc" in given and given.get("sandbox") != "":
            self.found.append("a frame that may run what it holds")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script is None:
            self.shown = self.shown or _WORD in data
        elif _WORD in data and self._script != "application/json":
            self.found.append(f"a script: {data[:80]!r}")


def read(html: str) -> Reader:
    """Read a page."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader
