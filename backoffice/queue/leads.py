"""Where an operator item leads: the pages on which its next step is done, as buttons."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.access import scoped
from backoffice.links import page_of
from invoices.models import Invoice, IssueJob
from paymenthub.kernel import ids
from payments.domain.attempt import ItemKind
from payments.models import (
    FlowEvent,
    GuardTrip,
    InboxMessage,
    MachineDefinition,
    Mail,
    OperatorItem,
    OrderIntent,
    ProviderAccount,
    SagaCommand,
    Subscription,
)

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Lead:
    """One button: what it says, where it leads, and the permission that the page behind it asks for."""

    verb: Words
    icon: str
    url: str
    permission: str


def leads(user: User | AnonymousUser, item: OperatorItem) -> list[dict[str, Any]]:
    """List the pages that an item leads to and that a person may open, each once."""
    found = {lead.url: lead for lead in _all(user, item) if user.has_perm(lead.permission)}
    return [
        {"name": "", "verb": lead.verb, "icon": lead.icon, "dangerous": False, "url": lead.url}
        for lead in found.values()
    ]


def _all(user: User | AnonymousUser, item: OperatorItem) -> Iterator[Lead]:
    yield from _BY_KIND.get(ItemKind(item.kind), _nothing_more)(user, item)
    if item.payment is not None:
        yield Lead(_("Open the payment"), "credit_card", page_of(item.payment), "payments.view_payment")


def _nothing_more(user: User | AnonymousUser, item: OperatorItem) -> Iterator[Lead]:
    return iter(())


def _notification(user: User | AnonymousUser, item: OperatorItem) -> Iterator[Lead]:
    first, second = _uuid(item.evidence.get("first")), _uuid(item.evidence.get("second"))
    named = _uuid(item.about.removeprefix("notification:"))
    words = {first: _("Open the first notification"), second: _("Open the second notification")}
    keys = [key for key in dict.fromkeys((first, second, named)) if key is not None]
    rows = {row.pk: row for row in _seen(user, InboxMessage).select_related("provider_account").filter(pk__in=keys)}
    for key in keys:
        if key in rows:
            name = words.get(key, _("Open the notification"))
            yield Lead(name, "inbox", page_of(rows[key]), "payments.view_inboxmessage")
    if item.kind == ItemKind.ACCOUNT_MISMATCH and named is not None and named in rows:
        yield _account(rows[named].provider_account)


def _credentials(user: User | AnonymousUser, item: OperatorItem) -> Iterator[Lead]:
    if item.payment is not None and item.payment.provider_account is not None:
        yield _account(item.payment.provider_account)


def _unknown_here(user: User | AnonymousUser, item: OperatorItem) -> Iterator[Lead]:
    url = f"{_list(ProviderAccount)}?project__id__exact={item.project_id}"
    yield Lead(_("See the provider accounts"), "account_balance", url, "payments.view_provideraccount")


def _step(user: User | AnonymousUser, item: OperatorItem) -> Iterator[Lead]:
    row = _seen(user, SagaCommand).filter(pk=_uuid(item.evidence.get("command"))).first()
    if row is None:
        return
    yield Lead(_("Open the step"), "account_tree", page_of(row), "payments.view_sagacommand")
    if row.state == "failed":
        url = reverse("admin:payments_sagacommand_retry", args=[row.pk])
        yield Lead(_("Try the step again"), "replay", url, "payments.retry_sagacommand")


def _mail(user: User | AnonymousUser, item: OperatorItem) -> Iterator[Lead]:
    row = _seen(user, Mail).filter(pk=_uuid(item.about.removeprefix("mail:"))).first()
    if row is not None:
        yield Lead(_("Open the mail"), "mail", page_of(row), "payments.view_mail")
        yield Lead(
            _("Send the mail again"),
            "forward_to_inbox",
            reverse("admin:payments_mail_resend", args=[row.pk]),
            "payments.resend_mail",
        )


def _subscription(user: User | AnonymousUser, item: OperatorItem) -> Iterator[Lead]:
    named = str(item.evidence.get("subscription") or item.about).removesuffix(":end")
    key = ids.parse_public_id(ids.SUBSCRIPTION, named)
    rows = _seen(user, Subscription)
    found = rows.filter(pk=key) if key else rows.filter(periods__payment=item.payment_id)
    row = found.first() if key or item.payment_id else None
    if row is not None:
        yield Lead(_("Open the subscription"), "autorenew", page_of(row), "payments.view_subscription")


def _invoice_held(user: User | AnonymousUser, item: OperatorItem) -> Iterator[Lead]:
    for row in _seen(user, IssueJob).filter(payment=item.payment_id)[:1]:
        yield Lead(_("See what is held"), "pending_actions", page_of(row), "invoices.view_issuejob")
    url = reverse("admin:invoices_issuerprofile_changelist")
    yield Lead(_("Complete the issuer"), "business", url, "invoices.view_issuerprofile")


def _invoice_file(user: User | AnonymousUser, item: OperatorItem) -> Iterator[Lead]:
    for row in _seen(user, Invoice).filter(payment=item.payment_id)[:3]:
        yield Lead(_("Open the invoice"), "receipt_long", page_of(row), "invoices.view_invoice")


def _guard(user: User | AnonymousUser, item: OperatorItem) -> Iterator[Lead]:
    mode, _space, subject = item.about.partition(" ")
    row = _seen(user, GuardTrip).filter(project=item.project_id, mode=mode, subject=subject).first()
    if row is not None:
        yield Lead(_("See what is held back"), "shield", page_of(row), "payments.view_guardtrip")
        url = reverse("admin:payments_guardtrip_release", args=[row.pk])
        yield Lead(_("Release the guard"), "lock_open", url, "payments.release_guardtrip")


def _order(user: User | AnonymousUser, item: OperatorItem) -> Iterator[Lead]:
    row = _seen(user, OrderIntent).filter(order_id=_uuid(item.evidence.get("orderId"))).first()
    if row is not None:
        yield Lead(_("Open the order"), "shopping_bag", page_of(row), "payments.view_orderintent")


def _machine(user: User | AnonymousUser, item: OperatorItem) -> Iterator[Lead]:
    yield Lead(_("See the machines"), "account_tree", _list(MachineDefinition), "payments.view_machinedefinition")


def _flow(user: User | AnonymousUser, item: OperatorItem) -> Iterator[Lead]:
    yield Lead(_("See what was told"), "output", _list(FlowEvent), "payments.view_flowevent")


_BY_KIND: dict[ItemKind, Callable[[User | AnonymousUser, OperatorItem], Iterator[Lead]]] = {
    ItemKind.UNMATCHED: _notification,
    ItemKind.CONFLICT: _notification,
    ItemKind.ACCOUNT_MISMATCH: _notification,
    ItemKind.CREDENTIALS: _credentials,
    ItemKind.UNKNOWN_HERE: _unknown_here,
    ItemKind.STEP_FAILED: _step,
    ItemKind.MAIL_FAILED: _mail,
    ItemKind.SUBSCRIPTION_STUCK: _subscription,
    ItemKind.CHARGED_AFTER_CANCEL: _subscription,
    ItemKind.INVOICE_HELD: _invoice_held,
    ItemKind.INVOICE_FILE_FAILED: _invoice_file,
    ItemKind.CARD_TESTING: _guard,
    ItemKind.ORDER_NOT_FOLLOWED: _order,
    ItemKind.MACHINE_MISSING: _machine,
    ItemKind.FLOW_MANAGER: _flow,
}


def _account(account: ProviderAccount) -> Lead:
    return Lead(_("Open the provider account"), "account_balance", page_of(account), "payments.view_provideraccount")


def _seen(user: User | AnonymousUser, model: type[Model]) -> Any:
    return scoped(model._default_manager.all(), user, "project")


def _list(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def _uuid(text: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None
