"""Which language a page speaks: what the customer clicked, the payment's, what the browser asks for."""

import re

from babel import Locale
from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

from payments.notifications import writing

from .words import LANGUAGES

COOKIE = "hub_lang"


def locale_for(request: HttpRequest, payment_locale: str = "") -> Locale:
    """Return the page's locale, with the region of the payment's locale or the browser's where it fits."""
    accepted = [tag for tag, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:200])]
    tags = [payment_locale, *accepted]
    clicked = clicked_language(request) or request.COOKIES.get(COOKIE, "")
    if clicked in LANGUAGES:
        tags = [*(tag for tag in tags if language_of(tag) == clicked), clicked]
    return writing.locale_of(*tags)


def clicked_language(request: HttpRequest) -> str:
    """Return the language of the switcher's link; empty where there is none."""
    asked = request.GET.get("lang", "")
    return asked if asked in LANGUAGES else ""


def language_of(tag: str) -> str:
    """Return the language of a tag such as `it-CH`."""
    return re.split(r"[-_]", tag.strip().lower(), maxsplit=1)[0]
