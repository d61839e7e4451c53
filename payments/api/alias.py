"""Answer at a second path, which is not documented by itself."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase


def alias(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Wrap a view for its second path."""

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    answer.csrf_exempt = True  # type: ignore[attr-defined] # keys, no cookies; a POST is told that it is not taken
    return answer
