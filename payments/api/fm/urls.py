"""The paths below `/fm`."""

from django.urls import path

from .views import EventView, MachineDefinitionView, SagaView

urlpatterns = [
    path("saga", SagaView.as_view()),
    path("event", EventView.as_view()),
    path("machine-definition", MachineDefinitionView.as_view()),
]
