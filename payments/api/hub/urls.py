"""The paths below `/v1`."""

from django.urls import path

from .bulk import BulkRefundResultView, BulkRefundView
from .events import EventListView
from .link_sending import QrPngView, QrSvgView, SendLinkView
from .links import LinksView, LinkView
from .opening import CheckoutUrlView
from .operations import CancelView, CaptureView, ExpireView
from .payments import PaymentListView, PaymentView
from .refunds import RefundsView, RefundView
from .subscriptions.acting import (
    CancelSubscriptionView,
    ChangeSubscriptionView,
    PauseSubscriptionView,
    ResumeSubscriptionView,
)
from .subscriptions.clock import TestClockView
from .subscriptions.reading import (
    SubscriptionListView,
    SubscriptionPaymentsView,
    SubscriptionPreviewView,
    SubscriptionView,
)

urlpatterns = [
    path("payments", PaymentListView.as_view()),
    path("payments/<str:payment_id>", PaymentView.as_view()),
    path("payments/<str:payment_id>/capture", CaptureView.as_view()),
    path("payments/<str:payment_id>/cancel", CancelView.as_view()),
    path("payments/<str:payment_id>/checkout-url", CheckoutUrlView.as_view()),
    path("payments/<str:payment_id>/expire", ExpireView.as_view()),
    path("payments/<str:payment_id>/refunds", RefundsView.as_view()),
    path("refunds/bulk", BulkRefundView.as_view()),
    path("refunds/bulk/<str:batch_id>", BulkRefundResultView.as_view()),
    path("refunds/<str:refund_id>", RefundView.as_view()),
    path("subscriptions", SubscriptionListView.as_view()),
    path("subscriptions/<str:subscription_id>", SubscriptionView.as_view()),
    path("subscriptions/<str:subscription_id>/payments", SubscriptionPaymentsView.as_view()),
    path("subscriptions/<str:subscription_id>/preview", SubscriptionPreviewView.as_view()),
    path("subscriptions/<str:subscription_id>/cancel", CancelSubscriptionView.as_view()),
    path("subscriptions/<str:subscription_id>/pause", PauseSubscriptionView.as_view()),
    path("subscriptions/<str:subscription_id>/resume", ResumeSubscriptionView.as_view()),
    path("subscriptions/<str:subscription_id>/change", ChangeSubscriptionView.as_view()),
    path("test-clock", TestClockView.as_view()),
    path("payment-links", LinksView.as_view()),
    path("payment-links/<str:link_id>", LinkView.as_view()),
    path("payment-links/<str:link_id>/send", SendLinkView.as_view()),
    path("payment-links/<str:link_id>/qr.svg", QrSvgView.as_view()),
    path("payment-links/<str:link_id>/qr.png", QrPngView.as_view()),
    path("events", EventListView.as_view()),
]
