"""Where PSPs and returning customers come in."""

from django.urls import path, re_path

from payments.checkout.subscription_page import subscription_page

from . import receive, returning, starting

fixed = [
    path("c/<str:token>", receive.by_token, name="callback-by-token"),
    path("return/<str:token>", returning.come_back, name="return"),
    path("payment/start/<str:token>", starting.start_payment, name="start-payment"),
    path("payment/subscription/<str:token>", subscription_page, name="subscription-page"),
    path("webhooks/<str:provider>", receive.by_provider, name="webhook"),
]
by_provider = [
    re_path(
        r"^(?:v3/)?(?P<provider>[a-z][a-z0-9-]{0,31})/callback(?:/(?P<suffix>[a-z0-9/-]{1,64}))?$",
        receive.by_provider,
        name="callback",
    ),
]
