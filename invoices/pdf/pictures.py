"""The only things a document may load: our fonts and the pictures handed to it. Nothing comes from a file or network."""

from pathlib import Path
from urllib.parse import unquote

from weasyprint.urls import URLFetcher, URLFetcherResponse

SCHEME = "hub:"
FONTS = Path(__file__).resolve().parents[2] / "static" / "fonts"
_FONT_TYPES = {".otf": "font/otf", ".ttf": "font/ttf"}


class RefusedAddress(ValueError):
    """Say that a document asked for something that is not its own."""


class OwnData(URLFetcher):  # type: ignore[misc]
    """Answer `hub:NAME` from what was handed in, and refuse every other address, whatever its scheme."""

    def __init__(self, pictures: dict[str, tuple[bytes, str]]) -> None:
        super().__init__(allowed_protocols=())
        self._pictures = pictures

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """Return the named data; raises RefusedAddress for anything else."""
        name = unquote(url.removeprefix(SCHEME))
        if not url.startswith(SCHEME) or name not in self._pictures:
            raise RefusedAddress("A document may only load its own fonts and pictures.")
        body, content_type = self._pictures[name]
        return URLFetcherResponse(url, body, {"Content-Type": content_type})


def fonts() -> OwnData:
    """Return a fetcher of the fonts in static/fonts."""
    files = (path for path in FONTS.iterdir() if path.suffix in _FONT_TYPES)
    return OwnData({path.name: (path.read_bytes(), _FONT_TYPES[path.suffix]) for path in files})
