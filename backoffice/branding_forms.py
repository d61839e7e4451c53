"""The form of a project's look."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from payments.checkout.branding_change import BrandingChange
from payments.checkout.images import MOST_UPLOAD
from payments.models import ProjectBranding

_KEPT = gettext_lazy("PNG, JPEG, WebP, GIF or ICO; it is made small and written anew. Empty: as it is.")


def _text(label: Any, help_text: Any, longest: int) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, max_length=longest, required=False, widget=UnfoldAdminTextInputWidget
    )


class BrandingForm(forms.Form):
    """A project's look; what is left empty is the hub's own."""

    display_name = _text(gettext_lazy("Name"), gettext_lazy("Empty: the project's name."), 64)
    host = _text(
        gettext_lazy("Host name"),
        gettext_lazy("Such as pay.shop.example; it must lead to this hub. Empty: the hub's own."),
        253,
    )
    accent = _text(gettext_lazy("Colour of buttons and links"), gettext_lazy("Such as #1d4fb8."), 7)
    on_accent = _text(gettext_lazy("Colour of words on buttons"), gettext_lazy("Such as #ffffff."), 7)
    background = _text(gettext_lazy("Background"), gettext_lazy("Such as #ffffff."), 7)
    text = _text(
        gettext_lazy("Colour of text"),
        gettext_lazy("Such as #1f2937. The contrast of each pair must be 4.5:1 at least."),
        7,
    )
    logo = forms.FileField(label=gettext_lazy("Logo"), required=False, help_text=_KEPT)
    no_logo = forms.BooleanField(
        label=gettext_lazy("Take the logo away"), required=False, widget=UnfoldBooleanSwitchWidget
    )
    favicon = forms.FileField(label=gettext_lazy("Icon of the tab"), required=False, help_text=_KEPT)
    no_favicon = forms.BooleanField(
        label=gettext_lazy("Take the icon away"), required=False, widget=UnfoldBooleanSwitchWidget
    )
    terms_url = _text(gettext_lazy("Terms"), gettext_lazy("Address with https://."), 2000)
    support = _text(
        gettext_lazy("Support"), gettext_lazy("A mail address, a telephone number or an address with https://."), 254
    )
    texts = forms.CharField(
        label=gettext_lazy("Own texts"),
        max_length=20_000,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 6, "class": "hub-source", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One a line: language, key, = and the text, such as: it checkout.paid_title = Grazie mille!"
        ),
    )
    note = forms.CharField(
        label=gettext_lazy("Reason"), min_length=3, max_length=500, widget=UnfoldAdminTextInputWidget
    )

    @staticmethod
    def initial_of(row: ProjectBranding) -> dict[str, Any]:
        """Return what a project's look is now."""
        names = ("display_name", "host", "accent", "on_accent", "background", "text", "terms_url", "support")
        lines = [
            f"{lang} {key} = {said}" for lang, own in sorted(row.texts.items()) for key, said in sorted(own.items())
        ]
        return {name: getattr(row, name) or "" for name in names} | {"texts": "\n".join(lines)}

    def clean_texts(self) -> dict[str, dict[str, str]]:
        """Read the lines."""
        found: dict[str, dict[str, str]] = {}
        for line in filter(str.strip, self.cleaned_data["texts"].splitlines()):
            name, equals, said = line.partition("=")
            words = name.split()
            if not equals or len(words) != 2 or not said.strip():
                raise forms.ValidationError(
                    _("Write it as: it checkout.paid_title = Grazie! Not: %(line)s") % {"line": line[:60]}
                )
            found.setdefault(words[0], {})[words[1]] = said.strip()
        return found

    def change(self) -> BrandingChange:
        """Return what it is to be."""
        data = self.cleaned_data
        return BrandingChange(
            display_name=data["display_name"],
            host=data["host"],
            accent=data["accent"],
            on_accent=data["on_accent"],
            background=data["background"],
            text=data["text"],
            terms_url=data["terms_url"],
            support=data["support"],
            texts=data["texts"],
            logo=_image(data["logo"], is_gone=data["no_logo"]),
            favicon=_image(data["favicon"], is_gone=data["no_favicon"]),
        )


def _image(upload: Any, *, is_gone: bool) -> bytes | None:
    if upload is not None:
        body: bytes = upload.read(MOST_UPLOAD + 1)
        return body
    return b"" if is_gone else None
