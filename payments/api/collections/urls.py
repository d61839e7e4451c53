"""The paths of the collections; the list answers with and without a slash at its end."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from rest_framework.views import APIView

from .views import CURRENT, FIRST, SUBSCRIPTION_ROWS, SUBSCRIPTIONS


def _paths(name: str, views: tuple[type[APIView], ...]) -> list[URLPattern]:
    found, count, export, one = views
    return [
        path(name, found.as_view()),
        path(f"{name}/", _alias(found.as_view())),
        path(f"{name}/count", count.as_view()),
        path(f"{name}/export", export.as_view()),
        path(f"{name}/<str:saga_id>", one.as_view()),
    ]


def _alias(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer at a second path, which is not documented by itself."""

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    answer.csrf_exempt = True  # type: ignore[attr-defined] # keys, no cookies; a POST is told that it is not taken
    return answer


urlpatterns = [
    *_paths("transactions-saga", FIRST),
    *_paths("fm-transactions", CURRENT),
    *_paths("fm-subscriptions", SUBSCRIPTIONS),
    *_paths("subscriptions-view", SUBSCRIPTION_ROWS),
]
