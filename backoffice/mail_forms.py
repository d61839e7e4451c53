"""The forms of mail templates and mail settings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from payments.models import MailProfile
from payments.notifications.editing import ProfileChange
from payments.notifications.events import EVENTS, LANGUAGES
from payments.notifications.sandbox import MOST_SOURCE
from payments.notifications.texts import Source


class TemplateForm(forms.Form):
    """One template. `based_on`: the version that the person began with."""

    subject = forms.CharField(max_length=500, widget=UnfoldAdminTextInputWidget, label=_("Subject"))
    html = forms.CharField(
        label=_("HTML (what stands inside the frame)"),
        max_length=MOST_SOURCE,
        strip=False,
        widget=UnfoldAdminTextareaWidget({"rows": 14, "class": "hub-source", "spellcheck": "false"}),
    )
    text = forms.CharField(
        max_length=MOST_SOURCE,
        strip=False,
        widget=UnfoldAdminTextareaWidget({"rows": 10, "class": "hub-source", "spellcheck": "false"}),
        label=_("Text"),
    )
    note = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Needed to save."),
    )
    based_on = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def source(self) -> Source:
        """Return what was typed in, with plain line ends."""
        data = self.cleaned_data
        return Source(data["subject"].strip(), data["html"].replace("\r\n", "\n"), data["text"].replace("\r\n", "\n"))


class ProfileForm(forms.Form):
    """A project's mail settings; what is left empty is the hub's."""

    sender = forms.CharField(
        max_length=320,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Such as: Shop &lt;pay@shop.example&gt;. Empty: EMAIL_FROM."),
        label=_("Sender"),
    )
    reply_to = forms.CharField(
        label=_("Answers go to"), max_length=320, required=False, widget=UnfoldAdminTextInputWidget
    )
    language = forms.ChoiceField(
        choices=[("", "MAIL_LANGUAGE"), *((code, code) for code in LANGUAGES)],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("For payments that name no language."),
        label=_("Language"),
    )
    customer_mails = forms.BooleanField(
        label=_("Customers get mails"), required=False, widget=UnfoldBooleanSwitchWidget
    )
    events_off = forms.MultipleChoiceField(
        label=_("Mails that are not sent"),
        choices=[(name, name) for name in EVENTS],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    staff_to = forms.CharField(
        label=_("Staff who are told"),
        max_length=4000,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text=_("One address a line. Empty: MAIL_STAFF_TO."),
    )
    sender_domains = forms.CharField(
        label=_("Domains that /send may send from"),
        max_length=4000,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text=_("One domain a line, beside the sender's own and MAIL_SENDER_DOMAINS."),
    )
    note = forms.CharField(label=_("Reason"), min_length=3, max_length=500, widget=UnfoldAdminTextInputWidget)

    @staticmethod
    def initial_of(row: MailProfile) -> dict[str, Any]:
        """Return what a project's settings are now."""
        return {
            "sender": row.sender,
            "reply_to": row.reply_to,
            "language": row.language,
            "customer_mails": row.customer_mails,
            "events_off": row.events_off,
            "staff_to": "\n".join(row.staff_to),
            "sender_domains": "\n".join(row.sender_domains),
        }

    def change(self) -> ProfileChange:
        """Return what they are to be."""
        data = self.cleaned_data
        return ProfileChange(
            sender=data["sender"],
            reply_to=data["reply_to"],
            language=data["language"],
            customer_mails=data["customer_mails"],
            events_off=data["events_off"],
            staff_to=_lines(data["staff_to"]),
            sender_domains=_lines(data["sender_domains"]),
        )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
