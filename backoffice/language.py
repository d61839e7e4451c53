"""The language of the backoffice's pages: the person's own choice, else what the browser asks for."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from .profile import profile_of

_PREFIX = "/admin/"


class StaffLanguageMiddleware:
    """Speak a member of staff's language under /admin/; whatever answers machines and customers is left alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the person's language."""
        if not request.path_info.startswith(_PREFIX):
            return self._get_response(request)
        language = language_of(request)
        with translation.override(language):
            response = self._get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def language_of(request: HttpRequest) -> str:
    """Return the language code of a request's pages."""
    if request.user.is_authenticated:
        profile = profile_of(request.user)
        if profile is not None and profile.language in dict(settings.LANGUAGES):
            return profile.language
    return translation.get_language_from_request(request)
