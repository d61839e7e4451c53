"""Rows that the tests of what leaves the hub begin with, valid by default."""

from typing import Any

from paymenthub.kernel import clock
from payments.models import Delivery, OutboxEvent, Payment, Principal, Project, ProviderAccount, WebhookEndpoint
from payments.outbound.secrets import seal_secrets
from payments.outbound.sign import new_secret

SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtMDAwMQ=="


def make_project(**over: Any) -> Project:
    """Make a project whose callbacks are signed with SECRET."""
    principal, _ = Principal.objects.get_or_create(name="Shop Ltd")
    project = Project(**{"principal": principal, "name": f"shop {Project.objects.count()}", **over})
    project.callback_secrets_sealed = seal_secrets(project, [SECRET])
    project.save()
    return project


def make_payment(project: Project, **over: Any) -> Payment:
    """Make a payment."""
    account, _ = ProviderAccount.objects.get_or_create(
        project=project, mode="test", provider="sandbox", name="main", config_sealed="x"
    )
    fields: dict[str, Any] = {
        "project": project,
        "mode": "test",
        "shop_transaction_id": "order-1",
        "amount": 1250,
        "currency": "EUR",
        "provider": "sandbox",
        "method": "credit-cards",
        "provider_account": account,
        "state": "PAYMENT_EXECUTED",
        "machine": "payment",
        "machine_version": 1,
        "business_state": 1,
    }
    return Payment.objects.create(**{**fields, **over})


def make_event(payment: Payment, **over: Any) -> OutboxEvent:
    """Make the next unpublished event of a payment."""
    payment.sequence += 1
    payment.save()
    fields: dict[str, Any] = {
        "project": payment.project,
        "payment": payment,
        "mode": payment.mode,
        "sequence": payment.sequence,
        "type": "payment.captured",
        "body": {"status": "ACCEPTED", "metadata": {"hubPaymentId": payment.public_id}},
    }
    return OutboxEvent.objects.create(**{**fields, **over})


def make_endpoint(project: Project, url: str, **over: Any) -> WebhookEndpoint:
    """Make an endpoint with a secret of its own."""
    endpoint = WebhookEndpoint(**{"project": project, "mode": "test", "url": url, **over})
    endpoint.secrets_sealed = endpoint.secrets_sealed or seal_secrets(endpoint, [new_secret()])
    endpoint.save()
    return endpoint


def make_delivery(url: str, *, event: OutboxEvent | None = None, **over: Any) -> Delivery:
    """Make a delivery that is due, of an event that is published."""
    event = event or make_event(make_payment(make_project()), published_at=clock.now())
    fields: dict[str, Any] = {
        "project": event.project,
        "event": event,
        "url": url,
        "next_try_at": clock.now(),
    }
    return Delivery.objects.create(**{**fields, **over})
