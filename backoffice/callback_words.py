"""Why a callback was not taken, and what happens next, for people who have never seen an HTTP status."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import Delivery, DeliveryState, DeliveryTry
from payments.selectors.explain import moment

Words = str | Promise

_BY_ERROR: dict[str, Words] = {
    "endpoint_disabled": gettext_lazy("the webhook endpoint is switched off here: switch it on, or remove it"),
    "secret_unreadable": gettext_lazy("the secret that signs it cannot be opened: the hub lacks an encryption key"),
    "secret_missing": gettext_lazy("no secret is set to sign it: set the project's callback secret"),
    "target_invalid": gettext_lazy("the address cannot be used: correct it in the project or the endpoint"),
    "target_insecure": gettext_lazy("the address does not begin with https://: correct it"),
    "target_forbidden": gettext_lazy("the address leads into a private network, which is not allowed"),
    "target_unresolvable": gettext_lazy("the host name is not known to the network: is it spelled rightly?"),
    "redirect_not_followed": gettext_lazy(
        "the order system sends elsewhere, which is not followed: set the new address"
    ),
}
_BY_STATUS: dict[int, Words] = {
    401: gettext_lazy("the order system does not let the hub in: it may check the signature with another secret"),
    403: gettext_lazy("the order system does not let the hub in: it may check the signature with another secret"),
    404: gettext_lazy("there is nothing at this address: is it right?"),
    405: gettext_lazy("the address takes no such messages (POST): is it right?"),
    410: gettext_lazy("the order system wants no more of these"),
    413: gettext_lazy("the message is too big for the order system"),
    429: gettext_lazy("the order system has too much to do at the moment"),
}


def why_callback(delivery: Delivery, tries: Sequence[DeliveryTry]) -> tuple[str, str]:
    """Say how a callback stands and why, with a tone: good, waiting, doubt or bad. `tries` are in their order."""
    if delivery.state == DeliveryState.DELIVERED:
        return "good", _("The order system has taken it.")
    if not tries:
        return "waiting", _("It has not been sent yet.")
    cause = _("Not taken: %(why)s.") % {"why": _cause(tries[-1])}
    if delivery.state == DeliveryState.GIVEN_UP:
        after = _(
            "It was tried %(tries)d times and is not tried by itself any more. Mend the cause, then send it again."
        )
        return "bad", f"{cause} {after % {'tries': delivery.tries}}"
    next_try = _("It is tried again by itself, next at %(at)s.") % {"at": moment(delivery.next_try_at)}
    return "doubt", f"{cause} {next_try}"


def _cause(last: DeliveryTry) -> Words:
    if last.error in _BY_ERROR:
        return _BY_ERROR[last.error]
    if last.status is None:
        if "timeout" in last.error.lower():
            return _("the order system did not answer in time (%(error)s)") % {"error": last.error}
        return _("the order system could not be reached (%(error)s)") % {"error": last.error}
    if last.status in _BY_STATUS:
        return _("it answered %(status)d: %(why)s") % {"status": last.status, "why": _BY_STATUS[last.status]}
    if last.status >= 500:
        return _("it answered %(status)d: something is broken in the order system; its people have to look") % {
            "status": last.status
        }
    return _("it answered %(status)d, and only an answer of 2xx counts; the answer below may say why") % {
        "status": last.status
    }
