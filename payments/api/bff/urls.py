"""The paths below `/pgm-bff`; those of invoices are mounted beside them."""

from django.urls import path

from .apple_pay import ApplePaySessionView
from .bulk_refund import BulkRefundView
from .email import SendEmailView
from .expire import ExpireView
from .info import MethodsView, PaymentInfoView
from .pay import PayPollingView, PayView
from .pay_by_link import PayByLinkView
from .refund import RefundView
from .subscriptions import CreateView, PayRecurrentView
from .token import ClientTokenView
from .tokenization import TokenizationView

urlpatterns = [
    path("payment/<str:saga_id>/methods", MethodsView.as_view()),
    path("payment-info", PaymentInfoView.as_view()),
    path("pay", PayView.as_view()),
    path("pay-polling", PayPollingView.as_view()),
    path("apple-pay-session", ApplePaySessionView.as_view()),
    path("pay-by-link", PayByLinkView.as_view()),
    path("client-token", ClientTokenView.as_view()),
    path("create", CreateView.as_view()),
    path("pay-recurrent", PayRecurrentView.as_view()),
    path("tokenization", TokenizationView.as_view()),
    path("refund", RefundView.as_view()),
    path("refund/bulk", BulkRefundView.as_view()),
    path("send-email", SendEmailView.as_view()),
    path("expire", ExpireView.as_view()),
]
