"""The paths below `/v1`."""

from django.urls import path

from .bulk import BulkRefundResultView, BulkRefundView
from .events import EventListView
from .opening import CheckoutUrlView
from .operations import CancelView, CaptureView, ExpireView
from .payments import PaymentListView, PaymentView
from .refunds import RefundsView, RefundView

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
    path("events", EventListView.as_view()),
]
