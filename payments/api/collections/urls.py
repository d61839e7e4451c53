"""The paths of the collections; the list answers with and without a slash at its end."""

from django.urls import URLPattern, path
from rest_framework.views import APIView

from payments.api.alias import alias

from .views import CURRENT, FIRST, SUBSCRIPTION_ROWS, SUBSCRIPTIONS


def _paths(name: str, views: tuple[type[APIView], ...]) -> list[URLPattern]:
    found, count, export, one = views
    return [
        path(name, found.as_view()),
        path(f"{name}/", alias(found.as_view())),
        path(f"{name}/count", count.as_view()),
        path(f"{name}/export", export.as_view()),
        path(f"{name}/<str:saga_id>", one.as_view()),
    ]


urlpatterns = [
    *_paths("transactions-saga", FIRST),
    *_paths("fm-transactions", CURRENT),
    *_paths("fm-subscriptions", SUBSCRIPTIONS),
    *_paths("subscriptions-view", SUBSCRIPTION_ROWS),
]
