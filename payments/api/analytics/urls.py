"""The paths of the profiles."""

from django.urls import path

from .views import VIEWS

urlpatterns = [path(f"analytics/{name}/{form}", view.as_view()) for (name, form), view in VIEWS.items()]
