"""What the page of a refund approval says of the payment or batch that it is about, as it stands now."""

from django.utils.translation import gettext as _

from backoffice.models import ApprovalState, RefundApproval
from backoffice.payment_page import subject_of
from backoffice.services.start_batch import sums_of
from payments.selectors.explain import amount, provider_name


def standing(approval: RefundApproval) -> str:
    """Say how it stands; one whose time is over is over, also before anybody wrote it down."""
    if approval.state == ApprovalState.WAITING and not approval.is_waiting:
        return str(ApprovalState.EXPIRED.label)
    return str(approval.get_state_display())


def sums_shown(approval: RefundApproval) -> str:
    """Write how much it is about, per currency."""
    if approval.batch is None:
        return amount(approval.amount, approval.currency)
    totals: dict[str, int] = {}
    for (_project, currency), total in sums_of(approval.batch).items():
        totals[currency] = totals.get(currency, 0) + total
    return ", ".join(amount(total, currency) for currency, total in totals.items()) or "—"


def facts(approval: RefundApproval) -> list[str]:
    """Say what approving it would do now, and what has changed since it was asked for."""
    payment = approval.payment
    if payment is None:
        return [
            _("All that is left of each chosen payment goes back to its customer, %(sums)s together.")
            % {"sums": sums_shown(approval)},
            _("A payment of which something else is left by then is refused, and told in its row."),
        ]
    possible = subject_of(payment).possible
    most = possible.refund_over_chargeback if approval.over_chargeback else possible.refund
    currency = payment.currency
    words = [
        _("%(money)s goes back to the customer, by %(provider)s.")
        % {"money": amount(approval.amount, currency), "provider": provider_name(payment.provider)}
    ]
    if approval.seen is not None and approval.seen != payment.refundable:
        words.append(
            _("When it was asked for, %(then)s could be refunded; now it is %(now)s.")
            % {"then": amount(approval.seen, currency), "now": amount(most, currency)}
        )
    if approval.is_waiting and approval.amount > most:
        words.append(_("So much cannot be refunded any more: approving it will be refused."))
    elif approval.is_waiting:
        words.append(
            _("After this %(rest)s can still be refunded.") % {"rest": amount(most - approval.amount, currency)}
        )
    if approval.over_chargeback:
        words.append(_("The customer's bank has taken money back already: the customer may get it twice."))
    words.append(_("A refund cannot be taken back."))
    live = payment.mode == "live"
    return [*words, _("This is real money.") if live else _("This is test mode: no real money moves.")]
