"""The paths below /admin/dashboard/."""

from django.contrib import admin
from django.urls import path

from .views import arrange_cards, chart_csv

urlpatterns = [
    path("arrange", admin.site.admin_view(arrange_cards), name="dashboard_arrange"),
    path("<slug:key>.csv", admin.site.admin_view(chart_csv), name="dashboard_csv"),
]
