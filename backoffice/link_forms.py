"""The forms of payment links: amounts in major units, times in UTC, and always a reason."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from paymenthub.kernel import clock
from paymenthub.kernel.money import MAX_AMOUNT, Money, MoneyError, is_currency
from payments.models import Mode, PaymentLink, Project
from payments.services.links.change import LinkChange
from payments.services.links.make import MakeCommand

_MOST_USES = 1_000_000
_YEARS = 100
_FARTHEST = dt.timedelta(days=366 * _YEARS)


def _text(label: Any, longest: int, *, required: bool = False, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, required=required, help_text=help_text, widget=UnfoldAdminTextInputWidget
    )


class _LinkForm(forms.Form):
    """What making and changing share."""

    expires_at = forms.DateTimeField(
        label=gettext_lazy("Ends (UTC)"),
        required=False,
        help_text=gettext_lazy("Such as 2027-03-01 12:00. Empty: never."),
        widget=UnfoldAdminTextInputWidget,
    )
    max_uses = forms.IntegerField(
        label=gettext_lazy("How often it may be paid"),
        required=False,
        min_value=1,
        max_value=_MOST_USES,
        help_text=gettext_lazy("Empty: as often as somebody comes."),
        widget=UnfoldAdminTextInputWidget({"inputmode": "numeric"}),
    )
    note = forms.CharField(
        label=gettext_lazy("Reason"), min_length=3, max_length=500, widget=UnfoldAdminTextInputWidget
    )

    def clean_expires_at(self) -> dt.datetime | None:
        """Read it as UTC."""
        at: dt.datetime | None = self.cleaned_data["expires_at"]
        if at is None:
            return None
        at = at.replace(tzinfo=dt.UTC)
        if at > clock.now() + _FARTHEST:
            raise forms.ValidationError(_("At most %(years)s years from now; empty: never.") % {"years": _YEARS})
        return at


class NewLinkForm(_LinkForm):
    """A new link."""

    project = forms.ModelChoiceField(
        Project.objects.none(), widget=UnfoldAdminSelectWidget, label=gettext_lazy("Project")
    )
    mode = forms.ChoiceField(
        choices=Mode.choices, initial=Mode.TEST, widget=UnfoldAdminSelectWidget, label=gettext_lazy("Mode")
    )
    shop_transaction_id = _text(
        gettext_lazy("Order"),
        200,
        required=True,
        help_text=gettext_lazy("Your own id; payments are numbered after it."),
    )
    currency = _text(gettext_lazy("Currency"), 3, required=True, help_text=gettext_lazy("Such as EUR."))
    amount = _text(gettext_lazy("Amount"), 32, help_text=gettext_lazy("Such as 12.50. Empty: the customer chooses."))
    min_amount = _text(gettext_lazy("At least"), 32)
    max_amount = _text(gettext_lazy("At most"), 32)
    description = _text(gettext_lazy("Description"), 255, help_text=gettext_lazy("Customers see it."))
    buyer_name = _text(gettext_lazy("Buyer's name"), 255)
    buyer_email = forms.EmailField(
        label=gettext_lazy("Buyer's mail address"), max_length=254, required=False, widget=UnfoldAdminTextInputWidget
    )
    locale = _text(gettext_lazy("Language"), 5, help_text=gettext_lazy("Such as it. Empty: the browser's."))
    field_order = [
        *("project", "mode", "shop_transaction_id", "currency", "amount", "min_amount", "max_amount", "max_uses"),
        *("expires_at", "description", "buyer_name", "buyer_email", "locale", "note"),
    ]

    def __init__(self, projects: QuerySet[Project], data: Any = None) -> None:
        super().__init__(data)
        self.fields["project"].queryset = projects  # type: ignore[attr-defined]
        self.fields["max_uses"].initial = 1

    def clean_currency(self) -> str:
        """Take it in upper case."""
        currency = str(self.cleaned_data["currency"]).strip().upper()
        if not is_currency(currency):
            raise forms.ValidationError(_("This is no currency code, such as EUR."))
        return currency

    def clean_expires_at(self) -> dt.datetime | None:
        """A new link ends in the time to come."""
        at = super().clean_expires_at()
        if at is not None and at <= clock.now():
            raise forms.ValidationError(_("A time to come."))
        return at

    def clean(self) -> dict[str, Any]:
        """Read the amounts exactly: one, or two bounds."""
        data: dict[str, Any] = super().clean() or {}
        currency = data.get("currency")
        if currency:
            for name in ("amount", "min_amount", "max_amount"):
                data[name] = self._minor(name, str(data.get(name) or "").strip(), currency)
        fixed, bounds = data.get("amount"), (data.get("min_amount"), data.get("max_amount"))
        if self.errors:
            return data
        if (fixed is None) == (None in bounds) or (fixed is not None and bounds != (None, None)):
            self.add_error("amount", _("Give an amount, or the two bounds that the customer chooses between."))
        elif bounds[0] is not None and bounds[1] is not None and bounds[1] < bounds[0]:
            self.add_error("max_amount", _("This lies below the other bound."))
        return data

    def command(self) -> MakeCommand:
        """Return what is to be made."""
        data = self.cleaned_data
        buyer = {"name": data["buyer_name"], "email": data["buyer_email"]}
        return MakeCommand(
            project=data["project"],
            mode=data["mode"],
            shop_transaction_id=data["shop_transaction_id"].strip(),
            currency=data["currency"],
            amount=data["amount"],
            min_amount=data["min_amount"],
            max_amount=data["max_amount"],
            max_uses=data["max_uses"],
            description=data["description"],
            buyer={name: value for name, value in buyer.items() if value},
            locale=data["locale"].strip(),
            expires_at=data["expires_at"],
        )

    def _minor(self, name: str, text: str, currency: str) -> int | None:
        if not text:
            return None
        try:
            amount = Money.from_decimal(text, currency).amount
        except MoneyError as error:
            self.add_error(
                name,
                _("%(error)s Write it like %(to_decimal)s.")
                % {"error": error, "to_decimal": f"{Money(1250, currency).to_decimal():f}"},
            )
            return None
        if not 1 <= amount <= MAX_AMOUNT:
            self.add_error(name, _("The amount must be above zero."))
        return amount


class ChangeLinkForm(_LinkForm):
    """What of a link can be changed."""

    disabled = forms.BooleanField(
        label=gettext_lazy("Switched off"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=gettext_lazy("Nobody begins to pay any more; who has begun may finish."),
    )
    field_order = ["disabled", "expires_at", "max_uses", "note"]

    @staticmethod
    def initial_of(link: PaymentLink) -> dict[str, Any]:
        """Return how a link is now."""
        ends = f"{link.expires_at:%Y-%m-%d %H:%M:%S}" if link.expires_at else ""
        return {"disabled": link.disabled_at is not None, "expires_at": ends, "max_uses": link.max_uses}

    def change(self, link: PaymentLink) -> LinkChange:
        """Return what is to be another than it is."""
        data, wanted = self.cleaned_data, {}
        known = link.expires_at.replace(microsecond=0) if link.expires_at else None
        if data["expires_at"] != known:
            wanted["expires_at"] = data["expires_at"]
        if data["max_uses"] != link.max_uses:
            wanted["max_uses"] = data["max_uses"]
        if data["disabled"] != (link.disabled_at is not None):
            wanted["disabled"] = data["disabled"]
        return LinkChange(**wanted)
