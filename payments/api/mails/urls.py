"""The paths of mails."""

from django.urls import path

from .saga import SagaSendView
from .send import SendView, SplitView

urlpatterns = [
    path("send", SendView.as_view()),
    path("send/split-recipients", SplitView.as_view()),
    path("saga/send", SagaSendView.as_view()),
]
