"""Made-up facts, for previews, test mails and the check of a template before it is saved."""

from datetime import UTC, datetime, timedelta

from babel import Locale

from payments.models import MailAudience
from payments.notifications import writing as write
from payments.notifications.compose import Facts
from payments.notifications.events import MailEvent
from payments.notifications.texts import words

_AT = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)


def sample_facts(
    event: MailEvent,
    language: str,
    *,
    shop_name: str = "Bottega Aurora",
    currency: str = "EUR",
    amount: int = 12990,
    zone: str = "Europe/Rome",
) -> Facts:
    """Return plausible facts for a mail, with a value for every variable that it declares."""
    locale = write.locale_of(language)

    def money(minor: int) -> str:
        return write.money(minor, currency, locale)

    staff = event.audience is MailAudience.STAFF
    values = {
        "amount": money(amount),
        "order": "order-2041",
        "description": "Olive oil, 3 bottles",
        "date": write.moment(_AT, zone, locale),
        "method": "Visa •••• 4242",
        "payment_id": "pay_0197f0c2a4d17c3e8f2b6d5a90c1e377",
        "items": [{"description": "Olive oil", "quantity": "3", "amount": money(amount)}],
        "refunded": money(amount // 3),
        "total_refunded": money(amount // 3),
        "remaining": money(amount - amount // 3),
        "subscription": "Club Aurora",
        "interval": words(locale.language)["intervals"]["MONTH"],
        "next_payment": _day(locale, 31),
        "ends": _day(locale, 31),
        "about": "https://orders.example/hooks" if event.name == "staff_dead_endpoint" else "pay of order-2041",
        "next_step": "Look it up at the provider, then act in the backoffice.",
        "mode": "live",
    }
    links = {
        "payment_paid": "",
        "payment_failed": "",
        "refund_partial": "",
        "refund_total": "",
        "subscription_cancelled": "",
    }
    return Facts(
        event=event,
        locale=locale,
        shop_name=shop_name,
        buyer_name="" if staff else "Ada Rossi",
        link=links.get(event.name, "https://pay.example/l/7Kq2mX9a"),
        values={name: values[name] for name in event.own},
    )


def _day(locale: Locale, days: int) -> str:
    return write.day((_AT + timedelta(days=days)).date(), locale)
