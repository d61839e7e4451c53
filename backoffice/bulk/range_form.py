"""Choose callbacks by their endpoint, their state and their time, to send them again."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from backoffice.access import scoped, visible_projects
from paymenthub.kernel.redact import redact_url
from payments.models import Delivery, DeliveryState, Mode, Project, WebhookEndpoint

_LONGEST = dt.timedelta(days=92)
_STATES = [
    ("given_up", gettext_lazy("Given up")),
    ("not_delivered", gettext_lazy("Given up, or waiting for a later try")),
    ("all", gettext_lazy("All, delivered ones too")),
]


class _Endpoints(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        """Name an endpoint without what its address may hide."""
        return f"{redact_url(obj.url)} ({obj.mode})"


class RangeForm(forms.Form):
    """Which callbacks. Times are UTC; the end is not part of the range."""

    project = forms.ModelChoiceField(
        Project.objects.none(), label=gettext_lazy("Project"), widget=UnfoldAdminSelectWidget
    )
    mode = forms.ChoiceField(label=gettext_lazy("Mode"), choices=Mode.choices, widget=UnfoldAdminSelectWidget)
    endpoint = _Endpoints(
        WebhookEndpoint.objects.none(),
        label=gettext_lazy("Endpoint"),
        required=False,
        help_text=gettext_lazy("Empty: every address."),
        widget=UnfoldAdminSelectWidget,
    )
    which = forms.ChoiceField(label=gettext_lazy("Which"), choices=_STATES, widget=UnfoldAdminSelectWidget)
    since = forms.DateTimeField(
        label=gettext_lazy("From (UTC)"),
        help_text=gettext_lazy("Such as 2027-03-01 12:00."),
        widget=UnfoldAdminTextInputWidget,
    )
    until = forms.DateTimeField(label=gettext_lazy("Until (UTC)"), widget=UnfoldAdminTextInputWidget)

    def __init__(self, user: User | AnonymousUser, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["project"].queryset = visible_projects(user)  # type: ignore[attr-defined]
        mine = scoped(WebhookEndpoint.objects.order_by("url"), user, "project")
        self.fields["endpoint"].queryset = mine  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check the range, and that the endpoint is the project's."""
        data: dict[str, Any] = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since is not None and until is not None:
            if until <= since:
                self.add_error("until", _("The end lies before the beginning."))
            elif until - since > _LONGEST:
                self.add_error("until", _("At most %(days)s days at once.") % {"days": _LONGEST.days})
        endpoint = data.get("endpoint")
        if endpoint is not None and (endpoint.project != data.get("project") or endpoint.mode != data.get("mode")):
            self.add_error("endpoint", _("This endpoint belongs to another project or mode."))
        return data

    def chosen(self) -> QuerySet[Delivery]:
        """Return the callbacks that are meant."""
        data = self.cleaned_data
        rows = Delivery.objects.filter(
            project=data["project"],
            event__mode=data["mode"],
            event__created_at__gte=data["since"].replace(tzinfo=dt.UTC),
            event__created_at__lt=data["until"].replace(tzinfo=dt.UTC),
        )
        if data["endpoint"] is not None:
            rows = rows.filter(endpoint=data["endpoint"])
        if data["which"] == "given_up":
            return rows.filter(state=DeliveryState.GIVEN_UP)
        return rows if data["which"] == "all" else rows.exclude(state=DeliveryState.DELIVERED)
