"""Rows for tests: plain functions, valid by default."""

import itertools
from typing import Any

from paymenthub.kernel import ids
from paymenthub.kernel.money import Money
from payments.models import InboxMessage, Principal, Project, ProviderAccount
from payments.selectors import accounts
from payments.selectors.notifications import sealed_body
from payments.services.open_payment import OpenCommand
from payments.services.pay import PayCommand

_numbers = itertools.count(1)


def make_project(**over: Any) -> Project:
    number = next(_numbers)
    principal = over.pop("principal", None) or Principal.objects.create(name=f"principal-{ids.new_uuid().hex[-12:]}")
    return Project.objects.create(**{"principal": principal, "name": f"shop-{number}"} | over)


def make_account(project: Project, *, config: dict[str, str] | None = None, **over: Any) -> ProviderAccount:
    fields = {"mode": "test", "provider": "scripted", "name": "main", "methods": ["credit-cards"]}
    account = ProviderAccount(project=project, **fields | over)
    account.config_sealed = accounts.seal_config(account, config or {"api_key": "k", "webhook_secret": "s"})
    account.save()
    return account


def notification(body: bytes, **over: Any) -> InboxMessage:
    """A kept notification, not saved; its body is sealed as `payments.inbox.keep` seals it."""
    id = ids.new_uuid()
    return InboxMessage(id=id, body=sealed_body(id, body), **{"body_digest": "d", "method": "POST"} | over)


def pay_command(project: Project, **over: Any) -> PayCommand:
    fields: dict[str, Any] = {
        "project": project,
        "mode": "test",
        "provider": "scripted",
        "method": "credit-cards",
        "money": Money(1299, "EUR"),
        "shop_transaction_id": f"order-{ids.new_uuid().hex[-12:]}",
    }
    return PayCommand(**fields | over)


def open_command(project: Project, **over: Any) -> OpenCommand:
    fields: dict[str, Any] = {
        "project": project,
        "mode": "test",
        "money": Money(1299, "EUR"),
        "shop_transaction_id": f"order-{ids.new_uuid().hex[-12:]}",
    }
    return OpenCommand(**fields | over)
