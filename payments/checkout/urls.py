"""Where customers pay."""

from django.urls import path, re_path

from . import link_pages, looks, mailed, views

_PAYMENT = r"^payment/(?P<payment_id>pay_[0-9a-f]{32})"
_PROJECT = r"(?P<project>[0-9a-f]{32})"

web = [
    re_path(r"^l/(?P<code>[A-Za-z0-9_-]{8,64})$", link_pages.link_page, name="payment-link"),
    path("payment/later/<str:token>", mailed.open_mailed, name="checkout-mailed"),
    path("payment/t/<str:token>", views.open_by_token, name="checkout-open"),
    re_path(rf"^payment/brand/{_PROJECT}/(?P<file>logo\.png|icon\.png|look\.css)$", looks.look, name="checkout-look"),
    re_path(rf"{_PAYMENT}$", views.show, name="checkout"),
    re_path(rf"{_PAYMENT}/stage$", views.stage, name="checkout-stage"),
    re_path(rf"{_PAYMENT}/check$", views.check, name="checkout-check"),
    re_path(rf"{_PAYMENT}/choose$", views.choose_way, name="checkout-choose"),
]
