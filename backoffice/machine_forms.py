"""The forms by which a project gets another machine."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from paymenthub.kernel.cards import contains_card_number
from payments.domain.machine_file import MAX_BYTES
from payments.domain.machine_loading import MachineError
from payments.models import MachineDefinition, Project
from payments.services.install_machine import Checked, check_machine


class ChooseForm(forms.Form):
    """Why a project's machine is changed."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, min_length=3, widget=UnfoldAdminTextareaWidget({"rows": 3})
    )

    def clean_reason(self) -> str:
        """Refuse what looks like a card number: it must not be kept."""
        reason = str(self.cleaned_data["reason"]).strip()
        if contains_card_number(reason):
            raise ValidationError(_("This holds a card number. Card data is not kept here; leave it out."))
        return reason


class UseForm(ChooseForm):
    """Which of a project's machines its new payments start with."""

    machine = forms.ModelChoiceField(
        MachineDefinition.objects.none(),
        required=False,
        empty_label=gettext_lazy("The hub's default machine"),
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Machine"),
    )
    field_order = ["machine"]

    def __init__(self, project: Project, data: Any = None, *, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["machine"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - by construction
        field.queryset = MachineDefinition.objects.filter(project=project).order_by("-id")


class InstallForm(ChooseForm):
    """A machine's file, for which project, and why; `checked` is what it holds, once the form is valid."""

    project = forms.ModelChoiceField(
        Project.objects.none(), widget=UnfoldAdminSelectWidget, label=gettext_lazy("Project")
    )
    file = forms.FileField(
        label=gettext_lazy("Machine (JSON)"),
        help_text=gettext_lazy("A machine, or a whole Flow Manager configuration file."),
        widget=UnfoldAdminFileFieldWidget,
    )
    hub_channels = forms.BooleanField(
        label=gettext_lazy("Let the hub do what it can do itself"),
        help_text=gettext_lazy(
            "Leaves out channels that the file declares under the hub's own names (pay, refund, notify, …)."
        ),
        required=False,
        widget=UnfoldBooleanWidget,
    )
    field_order = ["project", "file", "hub_channels", "reason"]
    content: bytes = b""
    checked: Checked | None = None

    def __init__(self, projects: QuerySet[Project], data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self.fields["project"].queryset = projects  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check the file as it will be checked when it is installed."""
        found: dict[str, Any] = super().clean() or {}
        upload = found.get("file")
        if upload is not None and upload.size > MAX_BYTES:
            self.add_error("file", _("The file must not be larger than %(most)s bytes.") % {"most": MAX_BYTES})
        elif upload is not None:
            self.content = upload.read()
            try:
                self.checked = check_machine(self.content, hub_channels=found["hub_channels"])
            except MachineError as error:
                self.add_error("file", list(error.problems))
        return found
