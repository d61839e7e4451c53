"""Characters for which no font was found: they print as boxes, and that should not go unnoticed."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGER = logging.getLogger("weasyprint")
_MARK = ".notdef glyph"


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: dict[int, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if str(record.msg).startswith(_MARK) and isinstance(record.args, tuple):
            self.found[int(str(record.args[1]))] = None


@contextmanager
def missing_glyphs() -> Iterator[dict[int, None]]:
    """Collect the code points that WeasyPrint could not draw meanwhile; it only tells its log."""
    collector = _Collector()
    _LOGGER.addHandler(collector)
    try:
        yield collector.found
    finally:
        _LOGGER.removeHandler(collector)
