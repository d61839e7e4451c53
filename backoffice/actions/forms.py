"""The forms of the actions: amounts in major units, and always a reason."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from paymenthub.kernel.cards import contains_card_number
from paymenthub.kernel.money import Money, MoneyError

from .subject import Subject

REFUND_REASONS = {
    "requested_by_customer": gettext_lazy("The customer asked for it"),
    "duplicate": gettext_lazy("Paid twice"),
    "not_delivered": gettext_lazy("Not delivered"),
    "returned": gettext_lazy("Goods came back"),
    "fraudulent": gettext_lazy("Fraud"),
    "other": gettext_lazy("Another reason: say which below"),
}


class ReasonForm(forms.Form):
    """Every action's form: who does something says why."""

    note = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, min_length=3, widget=UnfoldAdminTextareaWidget({"rows": 3})
    )

    def __init__(self, subject: Subject, data: Any = None) -> None:
        self.subject = subject
        super().__init__(data)

    def clean_note(self) -> str:
        """Refuse what looks like a card number: it must not be kept."""
        note = str(self.cleaned_data["note"]).strip()
        if contains_card_number(note):
            raise ValidationError(_("This holds a card number. Card data is not kept here; leave it out."))
        return note


class AmountForm(ReasonForm):
    """A form with an amount in major units, such as 12.50."""

    amount = forms.CharField(
        label=gettext_lazy("Amount"), max_length=32, widget=UnfoldAdminTextInputWidget({"inputmode": "decimal"})
    )
    field_order = ["amount"]

    def __init__(self, subject: Subject, data: Any = None) -> None:
        super().__init__(subject, data)
        currency, field = subject.paid.currency, self.fields["amount"]
        field.label = _("Amount in %(currency)s") % {"currency": currency}
        field.initial = f"{Money(min(self.proposed(), self.most()), currency).to_decimal():f}"
        if self.whole_only():
            field.disabled = True
            field.help_text = _("The provider takes the whole amount only.")
        else:
            field.help_text = _("At most %(money)s.") % {"money": subject.money(self.most())}

    def most(self) -> int:
        """Return the highest amount, in minor units."""
        raise NotImplementedError(f"{type(self).__name__}.most")

    def proposed(self) -> int:
        """Return the amount that is filled in, in minor units."""
        return self.most()

    def whole_only(self) -> bool:
        """Tell whether no other amount may be given."""
        raise NotImplementedError(f"{type(self).__name__}.whole_only")

    def clean_amount(self) -> Money:
        """Read it exactly, in the currency's own decimals."""
        currency = self.subject.paid.currency
        try:
            money = Money.from_decimal(str(self.cleaned_data["amount"]).strip(), currency)
        except MoneyError as error:
            example = f"{Money(1250, currency).to_decimal():f}"
            raise ValidationError(
                _("%(error)s Write it like %(example)s.") % {"error": error, "example": example}
            ) from None
        if money.amount == 0:
            raise ValidationError(_("The amount must be above zero."))
        if money.amount > self.most():
            raise ValidationError(_("That is too much."))
        return money


class RefundForm(AmountForm):
    """How much goes back, and why."""

    reason = forms.ChoiceField(
        choices=[("", gettext_lazy("Choose …")), *REFUND_REASONS.items()],
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Reason"),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=500, required=False, widget=UnfoldAdminTextareaWidget({"rows": 3})
    )
    over_chargeback = forms.BooleanField(
        label=gettext_lazy("Refund although the customer's bank has taken money back"), widget=UnfoldBooleanWidget
    )
    field_order = ["amount", "reason", "note", "over_chargeback"]

    def __init__(self, subject: Subject, data: Any = None) -> None:
        super().__init__(subject, data)
        if not subject.possible.refund_over_chargeback:
            del self.fields["over_chargeback"]

    def most(self) -> int:
        """Return what may be refunded, with the override where only that is left."""
        return self.subject.possible.refund or self.subject.possible.refund_over_chargeback

    def proposed(self) -> int:
        """Return what a prepared refund gives back: all that one attempt has taken."""
        return self.subject.attempt.amount if self.subject.attempt is not None else self.most()

    def whole_only(self) -> bool:
        """Tell whether the provider refunds the whole only."""
        return self.subject.possible.refund_whole_only

    def clean(self) -> dict[str, Any]:
        """Ask for words where no reason of the list fits."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("reason") == "other" and len(found.get("note", "")) < 3:
            self.add_error("note", _("Say which reason."))
        return found


class CaptureForm(AmountForm):
    """How much is taken, and whether that is all."""

    final = forms.ChoiceField(
        label=gettext_lazy("Is this the last capture?"),
        choices=[
            ("yes", gettext_lazy("Yes: what is left is released")),
            ("no", gettext_lazy("No: what is left stays held")),
        ],
        initial="yes",
        widget=UnfoldAdminRadioSelectWidget,
    )
    field_order = ["amount", "final", "note"]

    def __init__(self, subject: Subject, data: Any = None) -> None:
        super().__init__(subject, data)
        if not subject.possible.several_captures:
            del self.fields["final"]

    def most(self) -> int:
        """Return what is held."""
        return self.subject.possible.capture

    def whole_only(self) -> bool:
        """Tell whether the provider captures the whole only."""
        return self.subject.possible.capture_whole_only


class DecideForm(ReasonForm):
    """How an attempt in doubt ended, and how one knows."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("How did it end?"),
        choices=[
            ("succeeded", gettext_lazy("It succeeded at the provider")),
            ("failed", gettext_lazy("It failed, or never reached the provider")),
        ],
        widget=UnfoldAdminRadioSelectWidget,
    )
    field_order = ["outcome", "note"]

    def __init__(self, subject: Subject, data: Any = None) -> None:
        super().__init__(subject, data)
        self.fields["note"].label = _("Evidence")
        self.fields["note"].help_text = _("How you know: the provider's dashboard, its support, a bank statement.")


class ResolveForm(ReasonForm):
    """What was done about an item."""

    def __init__(self, subject: Subject, data: Any = None) -> None:
        super().__init__(subject, data)
        self.fields["note"].label = _("What was done")
        self.fields["note"].help_text = _("With the evidence: what you saw, and where.")
