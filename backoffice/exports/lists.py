"""The lists that can be exported: their rows under a URL's query string, for one person, and their columns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.db.models import F, Model, QuerySet
from django.db.models.fields.json import KT
from django.http import QueryDict
from django.test import RequestFactory
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.lists.changelist import KeysetChangeList
from backoffice.payment_filters import filtered_payments, read_payment_filters
from invoices.models import Invoice
from paymenthub.kernel import ids
from payments.models import AuditEntry, OperatorItem, Payment, Refund, Subscription

from .columns import Column, moment, money, number, plain, public


class UnreadableFilter(Exception):
    """The query string asks for what the list does not know; the message says what, for people."""


@dataclass(frozen=True, slots=True)
class ExportList:
    """One list. `rows` returns exactly what the list shows the person, in its order, without pages."""

    name: str
    label: str | Promise
    model: type[Model]
    columns: tuple[Column, ...]
    rows: Callable[[User, QueryDict], QuerySet[Any]]

    def column(self, key: str) -> Column | None:
        """Return a column by its name in files."""
        return next((column for column in self.columns if column.key == key), None)


def may_export(user: User, found: ExportList) -> bool:
    """Tell whether a person may export, and see this list at all."""
    meta = found.model._meta
    return user.has_perm("backoffice.export_rows") and user.has_perm(f"{meta.app_label}.view_{meta.model_name}")


def _payments(user: User, query: QueryDict) -> QuerySet[Any]:
    reading = read_payment_filters(user, query)
    if not reading.is_usable:
        raise UnreadableFilter(" ".join(reading.problems))
    return filtered_payments(user, query)


def _as_listed(model: type[Model]) -> Callable[[User, QueryDict], QuerySet[Any]]:
    """Ask the list's own page, so that both show the same rows."""

    def rows(user: User, query: QueryDict) -> QuerySet[Any]:
        request = RequestFactory().get("/", query_params=dict(query.lists()))
        request.user = user
        try:
            found = admin.site.get_model_admin(model).get_changelist_instance(request)
        except (IncorrectLookupParameters, SuspiciousOperation):
            raise UnreadableFilter(gettext("The list does not know this filter.")) from None
        if isinstance(found, KeysetChangeList):
            _refuse_unread(found)
        queryset: QuerySet[Any] = found.queryset
        return queryset

    return rows


def _refuse_unread(found: KeysetChangeList) -> None:
    """Refuse what the list shows as no rows with a word of why: a file has no place for the word."""
    if found.too_slow and found.queryset.query.is_empty():  # a page that came late says nothing of the rows
        raise UnreadableFilter(gettext("The database did not answer in time. Narrow the filter."))
    if not found.reading.is_usable:
        raise UnreadableFilter(" ".join(found.reading.problems))


_BASE = (plain("project", _("Project"), "project__name"), plain("mode", _("Mode")))
_CREATED = moment("created_at_utc", _("Created (UTC)"), "created_at")
_PAYMENT = (
    public("payment_id", _("Payment"), ids.PAYMENT, "payment_id"),
    plain("shop_transaction_id", _("Shop transaction id"), "payment__shop_transaction_id"),
)

LISTS: dict[str, ExportList] = {
    each.name: each
    for each in (
        ExportList(
            "payments",
            _("Payments"),
            Payment,
            (
                public("id", _("Payment"), ids.PAYMENT),
                _CREATED,
                *_BASE,
                plain("shop_transaction_id", _("Shop transaction id")),
                plain("state", _("State")),
                plain("type", _("Type")),
                *money("amount", _("Amount")),
                plain("currency", _("Currency")),
                *money("captured", _("Captured")),
                *money("refunded", _("Refunded"), F("refunded_by_us") + F("refunded_elsewhere")),
                *money("authorized", _("Authorised"), chosen=False),
                *money("refund_reserved", _("Reserved for refunds"), chosen=False),
                *money("charged_back", _("Charged back"), chosen=False),
                plain("provider", _("Provider")),
                plain("method", _("Method")),
                plain("provider_payment_id", _("Id at the provider")),
                plain("channel", _("Channel"), KT("additional_data__channel"), chosen=False),
                plain("buyer_name", _("Buyer's name"), KT("buyer__name"), chosen=False),
                plain("buyer_email", _("Buyer's e-mail"), KT("buyer__email"), chosen=False),
                plain("description", _("Description"), chosen=False),
                public("subscription_id", _("Subscription"), ids.SUBSCRIPTION, "subscription_id", chosen=False),
                public("link_id", _("Payment link"), ids.PAYMENT_LINK, "link_id", chosen=False),
                moment("updated_at_utc", _("Changed (UTC)"), "updated_at", chosen=False),
            ),
            _payments,
        ),
        ExportList(
            "refunds",
            _("Refunds"),
            Refund,
            (
                public("id", _("Refund"), ids.REFUND),
                _CREATED,
                plain("project", _("Project"), "project__name"),
                plain("mode", _("Mode"), "payment__mode"),
                *_PAYMENT,
                *money("amount", _("Amount")),
                plain("currency", _("Currency")),
                plain("state", _("State")),
                plain("reason", _("Reason")),
                plain("actor", _("Asked for by")),
                plain("note", _("Note"), chosen=False),
                plain("failure", _("Failure"), chosen=False),
                moment("decided_at_utc", _("Decided (UTC)"), "decided_at"),
            ),
            _as_listed(Refund),
        ),
        ExportList(
            "subscriptions",
            _("Subscriptions"),
            Subscription,
            (
                public("id", _("Subscription"), ids.SUBSCRIPTION),
                _CREATED,
                *_BASE,
                plain("shop_subscription_id", _("Shop subscription id")),
                plain("state", _("State")),
                *money("amount", _("Amount")),
                plain("currency", _("Currency")),
                plain("interval", _("Interval")),
                number("interval_count", _("Intervals")),
                plain("provider", _("Provider")),
                plain("method", _("Method")),
                number("payments_made", _("Payments made")),
                plain("next_payment_on", _("Next payment on")),
                plain("end_reason", _("Why it ended"), chosen=False),
                moment("ended_at_utc", _("Ended (UTC)"), "ended_at", chosen=False),
                plain("buyer_name", _("Buyer's name"), KT("buyer__name"), chosen=False),
                plain("buyer_email", _("Buyer's e-mail"), KT("buyer__email"), chosen=False),
                plain("description", _("Description"), chosen=False),
            ),
            _as_listed(Subscription),
        ),
        ExportList(
            "invoices",
            _("Invoices"),
            Invoice,
            (
                public("id", _("Invoice"), ids.INVOICE),
                plain("number", _("Number")),
                moment("issued_at_utc", _("Issued (UTC)"), "issued_at"),
                *_BASE,
                plain("kind", _("Kind")),
                *_PAYMENT,
                *money("net", _("Net")),
                *money("vat", _("VAT")),
                *money("gross", _("Gross")),
                plain("currency", _("Currency")),
                plain("refers_to", _("Refers to"), "refers_to__number", chosen=False),
            ),
            _as_listed(Invoice),
        ),
        ExportList(
            "audit",
            _("Audit trail"),
            AuditEntry,
            (
                plain("id", _("Entry")),
                _CREATED,
                plain("project", _("Project"), "project__name"),
                plain("actor", _("Who")),
                plain("address", _("Address")),
                plain("action", _("What")),
                plain("outcome", _("Outcome")),
                *_PAYMENT,
                plain("reason", _("Reason")),
                plain("note", _("Note")),
                plain("message", _("Message")),
            ),
            _as_listed(AuditEntry),
        ),
        ExportList(
            "items",
            _("Operator items"),
            OperatorItem,
            (
                plain("id", _("Item")),
                _CREATED,
                plain("project", _("Project"), "project__name"),
                plain("kind", _("Kind")),
                plain("about", _("About")),
                *_PAYMENT,
                plain("next_step", _("Next step")),
                moment("resolved_at_utc", _("Resolved (UTC)"), "resolved_at"),
                plain("resolved_by", _("Resolved by")),
                plain("resolution", _("Resolution")),
            ),
            _as_listed(OperatorItem),
        ),
    )
}


def list_of(model: type[Model]) -> ExportList | None:
    """Return the list of a model."""
    return next((found for found in LISTS.values() if found.model is model), None)
