"""Text of one direction inside text of the other.

Every value stands in <bdi>, which says that it must not change the order of what stands around it. WeasyPrint does not
act on that element; Unicode's isolates say the same, and Pango does act on them.
"""

import re

RIGHT_TO_LEFT_LETTER = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


def isolate(html: str) -> str:
    """Return the page with the isolates in its <bdi> elements. Data is escaped, so the elements are the template's."""
    return html.replace("<bdi>", f"<bdi>{_FIRST_STRONG_ISOLATE}").replace("</bdi>", f"{_POP_ISOLATE}</bdi>")
