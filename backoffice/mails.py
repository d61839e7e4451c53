"""How mails are shown: why one was not sent, and its content in a frame that runs nothing."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from payments.models import Mail
from payments.notifications.envelope import Content, ContentGone, unseal

_REASONS = {
    "buyer_without_address": _("The buyer has no mail address."),
    "switched_off": _("The project has switched this mail off."),
    "provider_sends_its_own": _("The provider sends its own (EMAIL_DISABLED_PROVIDERS)."),
    "no_link": _("There is no payment link."),
    "no_sms_backend": _("No way to send text messages is installed."),
    "mails_not_set_up": _("No mail server or no sender is set."),
    "nobody_to_tell": _("Nobody is named whom staff mails go to."),
    "no_sender": _("The project has no sender."),
    "too_many_in_an_hour": _("Too many of this kind in an hour: look into the backoffice."),
}


def reason_words(mail: Mail) -> str:
    """Say why a mail was not sent, or what the server said."""
    return str(_REASONS.get(mail.reason, mail.reason))


def content_of(mail: Mail) -> Content | None:
    """Open a mail's content; None where it was erased."""
    try:
        return unseal(mail)
    except ContentGone:
        return None


def frame(html: str, *, title: str = "") -> SafeString:
    """Show foreign HTML: an origin of its own, no script, no form, nothing loaded from elsewhere."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    guarded = f'<meta http-equiv="Content-Security-Policy" content="{policy}">{html}'
    return format_html(
        '<iframe class="hub-mail" sandbox="" title="{}" srcdoc="{}"></iframe>', title or _("The mail"), guarded
    )
