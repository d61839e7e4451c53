"""The paths of subscriptions below a provider: with and without the method's segment."""

from django.urls import URLPattern, path

from .subscription_changes import ExpireView, StatusView, UpdateView
from .subscriptions import ScheduleView, StartView, SubscriptionPayView


def paths() -> list[URLPattern]:
    """Make them; the converters for providers and methods are registered before."""
    return [
        path(f"<api_provider:provider>/{segment}subscription/{rest}", view.as_view())
        for segment in ("", "<api_method:method>/")
        for rest, view in (
            ("schedule", ScheduleView),
            ("start", StartView),
            ("pay", SubscriptionPayView),
            ("update/<str:subscription_token>", UpdateView),
            ("status/<str:subscription_token>", StatusView),
            ("expire/<str:subscription_token>", ExpireView),
        )
    ]
