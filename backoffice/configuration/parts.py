"""What the forms of the configuration share: a reason, the version that was seen, an id chosen before, real money."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from paymenthub.kernel import ids
from paymenthub.kernel.cards import contains_card_number
from payments.models import Mode
from payments.selectors.configured import Configured, Version, version_of

_SALT = "backoffice.configuration"
_SECONDS = 12 * 3600

OVERLAPS = [
    ("0", gettext_lazy("Not at all: it ends now")),
    ("3600", gettext_lazy("1 hour")),
    ("86400", gettext_lazy("24 hours")),
    ("604800", gettext_lazy("7 days")),
    ("2592000", gettext_lazy("30 days")),
]


class ChangeForm(forms.Form):
    """A change with its reason. Of a row that is there (`row`) the version that its page showed comes along, signed."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        min_length=3,
        max_length=255,
        help_text=gettext_lazy("For the audit trail."),
        widget=UnfoldAdminTextInputWidget,
    )
    seen = forms.CharField(max_length=20_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, row: Configured | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if row is None:
            del self.fields["seen"]
        else:
            version = version_of(row)
            self.fields["seen"].initial = signing.dumps([str(row.pk), version.mark, version.told], salt=_SALT)
        self._row = row

    def clean_reason(self) -> str:
        """Refuse what looks like a card number: it must not be kept."""
        reason = str(self.cleaned_data["reason"]).strip()
        if contains_card_number(reason):
            raise ValidationError(_("This holds a card number. Card data is not kept here; leave it out."))
        return reason

    def clean_seen(self) -> Version:
        """Read which version the page showed."""
        try:
            pk, mark, told = signing.loads(self.cleaned_data["seen"], salt=_SALT, max_age=_SECONDS)
        except signing.BadSignature:
            raise ValidationError(_("This page was too old. Open it again.")) from None
        if self._row is None or pk != str(self._row.pk):
            raise ValidationError(_("This page was too old. Open it again."))
        return Version(told, mark)


class MakingForm(ChangeForm):
    """A form that makes a row with a secret: the row's id is chosen with the form, so that sent twice it makes one."""

    fresh = forms.CharField(max_length=500, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fresh"].initial = signing.dumps(ids.new_uuid().hex, salt=_SALT)

    def clean_fresh(self) -> uuid.UUID:
        """Read the id."""
        try:
            return uuid.UUID(signing.loads(self.cleaned_data["fresh"], salt=_SALT, max_age=_SECONDS))
        except (signing.BadSignature, ValueError, TypeError):
            raise ValidationError(_("This page was too old. Open it again.")) from None


def live_field() -> forms.BooleanField:
    """Make the box that is ticked where it is about real money."""
    return forms.BooleanField(
        label=gettext_lazy("I know that live is real money"),
        required=False,
        help_text=gettext_lazy("Needed for the mode live only."),
        widget=UnfoldBooleanWidget,
    )


def check_live(form: forms.Form, mode: str) -> None:
    """Ask for the box where the mode is live."""
    if mode == Mode.LIVE and not form.cleaned_data.get("live_sure"):
        form.add_error("live_sure", _("Live is real money: tick this box if you mean it."))


def overlap_field(label: Any, help_text: Any, *, initial: str = "86400") -> forms.TypedChoiceField:
    """Make the choice of how long the old one goes on."""
    return forms.TypedChoiceField(
        label=label,
        help_text=help_text,
        choices=OVERLAPS,
        initial=initial,
        coerce=lambda text: dt.timedelta(seconds=int(text)),
        widget=UnfoldAdminSelectWidget,
    )
