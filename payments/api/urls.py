"""The API's paths: `fixed` ones come before, and `by_provider` after, everything else that is mounted."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from . import documentation
from .converters import MethodName, ProviderName
from .gateway.pay import PayView
from .gateway.status import CheckView, StatusView

register_converter(ProviderName, "api_provider")
register_converter(MethodName, "api_method")

fixed: list[URLPattern | URLResolver] = [
    path("documentation", documentation.page),
    path("documentation/", documentation.page),
    path("documentation/json", documentation.openapi),
    path("documentation/openapi.json", documentation.openapi),
]

_gateway: list[URLPattern | URLResolver] = [
    path("<api_provider:provider>/<api_method:method>/pay", PayView.as_view()),
    path("<api_provider:provider>/status", StatusView.as_view()),
    path("<api_provider:provider>/check", CheckView.as_view()),
]
by_provider: list[URLPattern | URLResolver] = [path("v3/", include(_gateway)), *_gateway]
