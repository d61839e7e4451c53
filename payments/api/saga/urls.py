"""The paths below `/saga`."""

from django.urls import path

from .commands import (
    SagaAuthorizationView,
    SagaPayByLinkView,
    SagaPayView,
    SagaRefundView,
    SagaScheduleView,
    SagaStartView,
    SagaSubscriptionPayView,
)

urlpatterns = [
    path("pay", SagaPayView.as_view()),
    path("refund", SagaRefundView.as_view()),
    path("pay-by-link", SagaPayByLinkView.as_view()),
    path("subscription/schedule", SagaScheduleView.as_view()),
    path("subscription/start", SagaStartView.as_view()),
    path("subscription/pay", SagaSubscriptionPayView.as_view()),
    path("subscription/authorization", SagaAuthorizationView.as_view()),
]
