"""What a mail about a payment, an item or a saga says: read once, when the mail's row is written."""

from collections.abc import Mapping
from typing import Any

from babel import Locale
from django.conf import settings

from paymenthub.kernel import clock
from paymenthub.kernel.money import MAX_AMOUNT, is_currency
from payments.domain import addresses
from payments.models import OperatorItem, Payment, Project, WebhookEndpoint
from payments.notifications import writing as write
from payments.notifications.compose import Facts
from payments.notifications.events import EVENTS, MailEvent, custom_event
from payments.notifications.profile import Profile

_MOST_ITEMS = 50


def of_payment(payment: Payment, event: str, metadata: Mapping[str, Any], profile: Profile) -> Facts:
    """Say what a customer is told about a payment: amounts are the hub's own, the rest is what the shop wrote."""
    additional = {**payment.additional_data, "buyer": payment.buyer}
    known = {
        "amount": payment.captured or payment.amount,
        "currency": payment.currency,
        "shopTransactionId": payment.shop_transaction_id,
        "paymentMethod": payment.method,
        "paymentId": payment.public_id,
        "description": payment.description,
        "additionalData": additional,
        "link": metadata.get("link", ""),
        "refundDetails": metadata.get("refundDetails", {}),
        "locale": payment.locale,
    }
    return of_saga(known, event, payment.project, profile, is_test=payment.mode == "test")


def of_saga(metadata: Mapping[str, Any], event: str, project: Project, profile: Profile, *, is_test: bool) -> Facts:
    """Say the same from a saga's metadata, in the Flow Manager's names."""
    locale = write.locale_of(text_in(metadata, "locale"), profile.language)
    currency = text_in(metadata, "currency").upper()
    amount = number_in(metadata, "amount")
    refunds = metadata.get("refundDetails")
    refunds = refunds if isinstance(refunds, Mapping) else {}
    total = number_in(refunds, "totalRefundedAmount")
    each = refunds.get("refundedAmounts")
    last = each[-1] if isinstance(each, list) and each else total
    additional = metadata.get("additionalData")
    additional = additional if isinstance(additional, Mapping) else {}
    buyer = additional.get("buyer")
    buyer = buyer if isinstance(buyer, Mapping) else {}

    def money(minor: Any) -> str:
        if not is_currency(currency) or type(minor) is not int or not 0 <= minor <= MAX_AMOUNT:
            return ""
        return write.money(minor, currency, locale)

    link = text_in(metadata, "link")
    values = {
        "amount": money(amount),
        "order": write.line(text_in(metadata, "shopTransactionId")),
        "description": write.line(text_in(metadata, "description")),
        "date": write.moment(clock.now(), project.timezone, locale),
        "method": _method(text_in(metadata, "paymentMethod")),
        "payment_id": write.line(text_in(metadata, "paymentId")),
        "items": _items(additional.get("items"), money),
        "refunded": money(last),
        "total_refunded": money(total),
        "remaining": money(max(0, amount - total)),
    }
    return Facts(
        event=EVENTS.get(event) or custom_event(event),
        locale=locale,
        shop_name=project.name,
        buyer_name=text_in(buyer, "name"),
        link="" if addresses.problem(link) else link,
        values=values,
        is_test=is_test,
    )


def of_item(item: OperatorItem, event: MailEvent, profile: Profile) -> Facts:
    """Say what staff are told about an operator item."""
    locale = write.locale_of(profile.language)
    payment = item.payment
    values = {
        "about": write.line(item.about),
        "next_step": write.line(item.next_step, 500),
        "order": write.line(payment.shop_transaction_id if payment else item.about),
        "amount": write.money(payment.amount, payment.currency, locale) if payment else "",
        "date": write.moment(item.created_at, item.project.timezone, locale),
        "mode": payment.mode if payment else "",
    }
    return _staff(event, locale, item.project, values, f"/admin/payments/operatoritem/{item.pk}/change/", payment)


def of_endpoint(endpoint: WebhookEndpoint, event: MailEvent, profile: Profile) -> Facts:
    """Say what staff are told about an endpoint that is switched off while callbacks wait for it."""
    locale = write.locale_of(profile.language)
    # The path may hold a secret; the host is enough to know it by.
    host = endpoint.url.split("/")[2].rpartition("@")[2] if endpoint.url.count("/") >= 2 else ""
    values = {
        "about": write.line(host),
        "next_step": "Mend the receiver, switch the endpoint on, then replay what was given up.",
        "order": "",
        "amount": "",
        "date": write.moment(clock.now(), endpoint.project.timezone, locale),
        "mode": endpoint.mode,
    }
    return _staff(
        event, locale, endpoint.project, values, f"/admin/payments/webhookendpoint/{endpoint.pk}/change/", None
    )


def text_in(values: Mapping[str, Any], name: str) -> str:
    """Return a text, nothing where it is something else."""
    value = values.get(name)
    return value if isinstance(value, str) else ""


def number_in(values: Mapping[str, Any], name: str) -> int:
    """Return a whole number of 0 or more, 0 where it is something else."""
    value = values.get(name)
    return value if type(value) is int and value >= 0 else 0


def _staff(
    event: MailEvent, locale: Locale, project: Project, values: Mapping[str, str], path: str, payment: Payment | None
) -> Facts:
    return Facts(
        event=event,
        locale=locale,
        shop_name=project.name,
        link=f"{settings.HUB_PUBLIC_URL}{path}",
        values=values,
        is_test=payment is not None and payment.mode == "test",
    )


def _method(code: str) -> str:
    return write.line(code.replace("-", " ").replace("_", " ").capitalize())


def _items(basket: Any, money: Any) -> list[dict[str, str]]:
    rows = [row for row in basket if isinstance(row, Mapping)] if isinstance(basket, list) else []
    return [
        {
            "description": write.line(row.get("description", "")),
            "quantity": write.line(row.get("quantity", "")),
            "amount": money(row.get("amount")),
        }
        for row in rows[:_MOST_ITEMS]
    ]
