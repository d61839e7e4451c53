"""Make a page: the project's look, the customer's language, the headers that protect it."""

from collections.abc import Mapping
from typing import Any

from babel import Locale
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from payments.models import Project

from . import policy
from .brand import brand_of
from .languages import COOKIE, clicked_language, locale_for
from .words import LANGUAGES, Words


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    project: Project | None,
    locale: Locale | str = "",
    status: int = 200,
    framed_by_us: bool = False,
) -> HttpResponse:
    """Render a template that extends `checkout/base.html`.

    `locale` is the payment's (or link's) own tag, or a Locale to be used whatever the browser says. Templates get `words`,
    `locale`, `lang`, `brand` and `languages` beside the context, and the tags of the library `checkout`.
    """
    spoken = locale if isinstance(locale, Locale) else locale_for(request, locale)
    brand = brand_of(project)
    words = Words(spoken.language, (brand.own_texts or {}).get(spoken.language))
    frame = {
        "words": words,
        "locale": spoken,
        "lang": spoken.language,
        "languages": LANGUAGES if request.method in ("GET", "HEAD") and status == 200 else {},
        "brand": brand,
    }
    response = HttpResponse(render_to_string(template, frame | dict(context or {}), request), status=status)
    for name, value in policy.headers(request, framed_by_us=framed_by_us).items():
        response[name] = value
    clicked = clicked_language(request)
    if clicked:
        response.set_cookie(
            COOKIE, clicked, max_age=86400, path="/", httponly=True, secure=request.is_secure(), samesite="Lax"
        )
    return response
