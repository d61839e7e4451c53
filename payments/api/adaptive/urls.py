"""The paths of the adaptive checkout: the published service's, and ours below `/v1`."""

from django.urls import path

from payments.api.alias import alias

from .offers import MethodsView, PreviewView
from .rules import CheckRulesView, RuleCreateView, RuleListView, RuleView

urlpatterns = [
    path("rule", RuleCreateView.as_view()),
    path("rule/<str:rule_id>", RuleView.as_view()),
    path("rules", RuleListView.as_view()),
    path("rules/", alias(RuleListView.as_view())),
    path("adaptive-checkout", alias(RuleListView.as_view())),  # the published gateway's name of the list
    path("adaptive-checkout/", alias(RuleListView.as_view())),
    path("check", CheckRulesView.as_view()),
    path("v1/payments/<str:payment_id>/methods", MethodsView.as_view()),
    path("v1/checkout-preview", PreviewView.as_view()),
]
