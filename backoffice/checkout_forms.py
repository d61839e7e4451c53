"""The forms of checkout rules, of the limits of methods, and of the guard's release."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from paymenthub.kernel.cards import contains_card_number
from paymenthub.kernel.errors import HubError, MalformedRequest
from paymenthub.kernel.money import Money, MoneyError
from paymenthub.kernel.strict_json import read_object
from payments.domain.adaptive import PAYMENT_METHODS
from payments.domain.adaptive_reading import HIGHEST_PRIORITY, pairs
from payments.domain.devices import Device
from payments.models import CheckoutRule, MethodLimit
from payments.services.checkout_rules import RuleGiven
from payments.services.method_limits import Bounds, LimitGiven

_SOURCE = {"class": "hub-source", "spellcheck": "false"}


class ReasonForm(forms.Form):
    """Why something is changed."""

    note = forms.CharField(
        label=gettext_lazy("Reason"), min_length=3, max_length=500, widget=UnfoldAdminTextInputWidget
    )

    def clean_note(self) -> str:
        """Refuse what looks like a card number: it must not be kept."""
        note = str(self.cleaned_data["note"]).strip()
        if contains_card_number(note):
            raise ValidationError(gettext("This holds a card number. Card data is not kept here; leave it out."))
        return note


class RuleForm(ReasonForm):
    """One rule. Conditions and pairs are written one a line; `seen`: the version that the person began with."""

    rule_id = forms.CharField(
        label=gettext_lazy("Rule"),
        max_length=64,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("«default» is tried last."),
    )
    priority = forms.IntegerField(
        min_value=-HIGHEST_PRIORITY,
        max_value=HIGHEST_PRIORITY,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("The highest one is tried first."),
        label=gettext_lazy("Priority"),
    )
    type = forms.CharField(
        max_length=64, initial=PAYMENT_METHODS, widget=UnfoldAdminTextInputWidget, label=gettext_lazy("Type")
    )
    conditions = forms.CharField(
        required=False,
        max_length=60_000,
        widget=UnfoldAdminTextareaWidget({"rows": 6, **_SOURCE}),
        help_text=gettext_lazy(
            "One a line: path, operator, value, such as /additionalData/channel in web, app. All must hold; none: "
            "it always holds. Operators: equals, not_equals, in, not_in, greater_than, greater_or_equal_than, less_than, "
            "less_or_equal_than. The amount is in minor units."
        ),
        label=gettext_lazy("Conditions"),
    )
    response = forms.CharField(
        required=False,
        max_length=20_000,
        widget=UnfoldAdminTextareaWidget({"rows": 6, **_SOURCE}),
        help_text=gettext_lazy(
            "One provider/method a line, in the order in which they are shown; of another type than paymentMethods: "
            "JSON."
        ),
        label=gettext_lazy("Response"),
    )
    seen = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    field_order = ["rule_id", "priority", "type", "conditions", "response", "note"]

    @staticmethod
    def initial_of(row: CheckoutRule) -> dict[str, Any]:
        """Write a rule into the fields."""
        response = row.definition["response"]
        is_pairs = row.type == PAYMENT_METHODS
        return {
            "rule_id": row.rule_id,
            "priority": row.priority,
            "type": row.type,
            "conditions": "\n".join(
                f"{one['key']} {one['operator']} {_written(one['value'])}" for one in row.definition["rules"]
            ),
            "response": "\n".join(map("/".join, pairs(response))) if is_pairs else json.dumps(response, indent=2),
            "seen": row.updated_at.isoformat(),
        }

    def clean_conditions(self) -> list[dict[str, Any]]:
        """Read the lines."""
        return [_condition(number, line) for number, line in _lines(self.cleaned_data["conditions"])]

    def clean(self) -> dict[str, Any]:
        """Read the response, whose shape follows the type."""
        data: dict[str, Any] = super().clean() or {}
        text = data.get("response", "")
        if data.get("type") != PAYMENT_METHODS:
            data["response"] = self._json(text)
            return data
        found = []
        for number, line in _lines(text):
            provider, slash, method = line.partition("/")
            if not slash:
                self.add_error("response", gettext("Line %(number)s: write provider/method.") % {"number": number})
            found.append({"provider": provider.strip(), "paymentMethod": method.strip()})
        data["response"] = found
        return data

    def given(self) -> RuleGiven:
        """Return what was typed in."""
        data = self.cleaned_data
        return RuleGiven(
            rule_id=data["rule_id"],
            priority=data["priority"],
            type=data["type"],
            conditions=data["conditions"],
            response=data["response"],
        )

    def _json(self, text: str) -> Any:
        try:
            return _read(text)
        except HubError as error:
            self.add_error("response", error.message)
            return None


class TryForm(forms.Form):
    """Data to be checked against the rules."""

    type = forms.CharField(
        max_length=64, initial=PAYMENT_METHODS, widget=UnfoldAdminTextInputWidget, label=gettext_lazy("Type")
    )
    sample = forms.CharField(
        label=gettext_lazy("Data (JSON)"),
        max_length=60_000,
        widget=UnfoldAdminTextareaWidget({"rows": 8, **_SOURCE}),
        initial='{\n  "amount": 1299,\n  "currency": "EUR",\n  "additionalData": {"channel": "web"},\n'
        '  "client": {"country": "IT", "device": "phone"}\n}',
    )

    def clean_sample(self) -> dict[str, Any]:
        """Read the object."""
        try:
            return read_object(self.cleaned_data["sample"].encode())
        except HubError as error:
            raise ValidationError(error.message) from None


class LimitForm(ReasonForm):
    """For whom a method is. Amounts are written as people write them."""

    amounts = forms.CharField(
        required=False,
        max_length=10_000,
        widget=UnfoldAdminTextareaWidget({"rows": 4, **_SOURCE}),
        help_text=gettext_lazy(
            "One currency a line: EUR 1.00 to 5000.00, or EUR from 1.00, or EUR up to 5000.00. With any, payments in "
            "other currencies do not see the method."
        ),
        label=gettext_lazy("Amounts"),
    )
    countries = forms.CharField(
        required=False,
        max_length=2_000,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy(
            "Such as IT, DE. Customers elsewhere, and those whose country is not known, do not see the method."
        ),
        label=gettext_lazy("Countries"),
    )
    devices = forms.MultipleChoiceField(
        required=False,
        choices=[(device.value, device.value) for device in Device],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("None: all."),
        label=gettext_lazy("Devices"),
    )
    field_order = ["amounts", "countries", "devices", "note"]

    @staticmethod
    def initial_of(row: MethodLimit | None) -> dict[str, Any]:
        """Write limits into the fields."""
        if row is None:
            return {}
        return {
            "amounts": "\n".join(amount_lines(row)),
            "countries": ", ".join(row.countries),
            "devices": row.devices,
        }

    def clean_amounts(self) -> dict[str, Bounds]:
        """Read the lines."""
        found: dict[str, Bounds] = {}
        for number, line in _lines(self.cleaned_data["amounts"]):
            currency, _, rest = line.partition(" ")
            if currency in found:
                raise ValidationError(
                    gettext("Line %(number)s: %(currency)s stands there twice.")
                    % {"number": number, "currency": currency}
                )
            try:
                found[currency] = _bounds(currency, rest.split())
            except (MoneyError, ValueError):
                raise ValidationError(
                    gettext("Line %(number)s: write a currency and amounts, such as EUR 1.00 to 5000.00.")
                    % {"number": number}
                ) from None
        return found

    def given(self) -> LimitGiven:
        """Return what was typed in."""
        data = self.cleaned_data
        countries = [word.strip().upper() for word in data["countries"].split(",") if word.strip()]
        return LimitGiven(amounts=data["amounts"], countries=countries, devices=data["devices"])


def amount_lines(row: MethodLimit) -> list[str]:
    """Write the amounts of limits, one currency a line."""
    lines = []
    for currency, bounds in sorted(row.amounts.items()):
        least, most = (_major(bounds.get(name), currency) for name in ("min", "max"))
        lines.append(f"{currency} {least} to {most}" if least and most else f"{currency} from {least}" if least
                     else f"{currency} up to {most}")  # fmt: skip
    return lines


def _major(amount: int | None, currency: str) -> str:
    return "" if amount is None else str(Money(amount, currency).to_decimal())


def _bounds(currency: str, words: list[str]) -> Bounds:
    match words:
        case ["up", "to", most]:
            return None, Money.from_decimal(most, currency).amount
        case [least, "to", most]:
            return Money.from_decimal(least, currency).amount, Money.from_decimal(most, currency).amount
        case ["from", least]:
            return Money.from_decimal(least, currency).amount, None
    raise ValueError(words)


def _condition(number: int, line: str) -> dict[str, Any]:
    parts = line.split(None, 2)
    if len(parts) < 2:
        raise ValidationError(gettext("Line %(number)s: write path, operator and value.") % {"number": number})
    return {"key": parts[0], "operator": parts[1], "value": _value(parts[2] if len(parts) > 2 else "")}


def _value(text: str) -> Any:
    """Read a value: JSON where it is some, else the text as it stands."""
    try:
        return _read(text)
    except HubError:
        return text


def _read(text: str) -> Any:
    """Read one JSON value. Raises MalformedRequest, also for what would be more than one."""
    found = read_object(b'{"value":' + text.encode() + b"}")
    if len(found) != 1:
        raise MalformedRequest(gettext("One JSON value is expected."))
    return found["value"]


def _written(value: Any) -> str:
    """Write a value so that it reads back as the same."""
    is_plain = isinstance(value, str) and value == value.strip() and "\n" not in value and _value(value) == value
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def _lines(text: str) -> list[tuple[int, str]]:
    return [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
