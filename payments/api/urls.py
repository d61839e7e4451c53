"""The API's paths: `fixed` ones come before, and `by_provider` after, everything else that is mounted."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from . import documentation
from .adaptive.urls import urlpatterns as adaptive
from .analytics.urls import urlpatterns as analytics
from .bff.urls import urlpatterns as bff
from .collections.urls import urlpatterns as collections
from .converters import MethodName, ProviderName
from .fm.urls import urlpatterns as fm
from .gateway.follow_ups import CancelView, CaptureView, RefundView
from .gateway.pay import AuthorizeView, PayView
from .gateway.pay_by_link import PayByLinkOfMethodView, PayByLinkView
from .gateway.status import CheckView, StatusView
from .gateway.subscription_urls import paths as subscription_paths
from .hub.urls import urlpatterns as hub
from .mails.urls import urlpatterns as mails
from .ordering.authorize import AuthorizeOrderView
from .saga.notify import NotifyView
from .saga.urls import urlpatterns as saga

register_converter(ProviderName, "api_provider")
register_converter(MethodName, "api_method")

fixed: list[URLPattern | URLResolver] = [
    path("documentation", documentation.page),
    path("documentation/", documentation.page),
    path("documentation/json", documentation.openapi),
    path("documentation/openapi.json", documentation.openapi),
    *adaptive,
    path("v1/", include(hub)),
    path("saga/", include(saga)),
    path("fm/", include(fm)),
    path("pgm-bff/", include(bff)),
    *collections,
    *analytics,
    *mails,
    path("notify", NotifyView.as_view()),
    path("payments/authorize", AuthorizeOrderView.as_view()),
]

_gateway: list[URLPattern | URLResolver] = [
    *subscription_paths(),
    path("<api_provider:provider>/<api_method:method>/pay", PayView.as_view()),
    path("<api_provider:provider>/<api_method:method>/authorize", AuthorizeView.as_view()),
    path("<api_provider:provider>/pay-by-link", PayByLinkView.as_view()),
    path("<api_provider:provider>/<api_method:method>/pay-by-link", PayByLinkOfMethodView.as_view()),
    path("<api_provider:provider>/capture", CaptureView.as_view()),
    path("<api_provider:provider>/cancel", CancelView.as_view()),
    path("<api_provider:provider>/refund", RefundView.as_view()),
    path("<api_provider:provider>/status", StatusView.as_view()),
    path("<api_provider:provider>/check", CheckView.as_view()),
]
by_provider: list[URLPattern | URLResolver] = [path("v3/", include(_gateway)), *_gateway]
