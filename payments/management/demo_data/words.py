"""What demo data is made of: shops, providers, buyers, and how often each of them comes."""

from dataclasses import dataclass
from typing import Final

from payments.models import Mode

PRINCIPAL: Final = "Demo data"
NOWHERE: Final = "http://127.0.0.1:9"
"""Where the accounts' providers «listen»: nobody does, so that an action by hand reaches no real provider either."""


@dataclass(frozen=True, slots=True)
class Shop:
    """One project: its share of the payments, what it sells in, and how large a basket is (EUR cents)."""

    name: str
    share: int
    timezone: str
    currencies: tuple[tuple[str, int], ...]
    basket: int
    endpoint: bool = True


SHOPS: Final = (
    Shop("Bottega Rossi", 46, "Europe/Rome", (("EUR", 97), ("USD", 3)), 4_900),
    Shop("Northwind Outdoor", 24, "Europe/Berlin", (("EUR", 78), ("GBP", 14), ("USD", 8)), 8_900),
    Shop("Casa Libri", 16, "Europe/Rome", (("EUR", 100),), 2_300),
    Shop("Kaito Tea", 8, "Asia/Tokyo", (("JPY", 70), ("EUR", 20), ("USD", 10)), 3_400),
    Shop("Gulf Motors Parts", 6, "Asia/Kuwait", (("KWD", 55), ("USD", 25), ("EUR", 20)), 21_000, endpoint=False),
)
PER_EURO_CENT: Final = {"EUR": 1.0, "USD": 1.08, "GBP": 0.85, "JPY": 1.6, "KWD": 3.3}
"""Minor units for one cent of EUR, about."""

MODES: Final = ((Mode.LIVE.value, 85), (Mode.TEST.value, 15))
PROVIDERS: Final = {
    "sandbox": (44, ("credit-cards", "wallet", "direct-debit"), (78, 14, 8)),
    "stripe": (31, ("credit-cards", "sepa-debit", "ideal"), (82, 10, 8)),
    "paypal": (17, ("paypal",), (1,)),
    "satispay": (8, ("satispay",), (1,)),
}
"""Share, methods and their shares. Of those without a driver here only the history is known, as after an uninstall."""
CHANNELS: Final = (("web", 58), ("app", 27), ("pos", 9), ("phone", 6))
REASONS: Final = (
    ("insufficient_funds", 34, "51", "Insufficient funds"),
    ("card_declined", 28, "05", "Do not honour"),
    ("authentication_failed", 14, "1A", "The customer was not authenticated"),
    ("expired_card", 9, "54", "Expired card"),
    ("fraud_suspected", 6, "59", "Suspected fraud"),
    ("customer_cancelled", 6, "17", "Cancelled by the customer"),
    ("processing_error", 3, "96", "System malfunction"),
)
REFUND_REASONS: Final = (("requested_by_customer", 70), ("duplicate", 8), ("fraudulent", 4), ("", 18))

BUYERS: Final = (
    ("Giulia Bianchi", "it"), ("Marco De Luca", "it"), ("Niccolò D’Angelo", "it"), ("Chiara Esposito", "it"),
    ("Jürgen Müller", "de"), ("Anke Strauß", "de"), ("Zoë van der Berg", "nl"), ("Siân O’Connor", "en"),
    ("Mary-Jane Smith", "en"), ("José Ángel Núñez", "es"), ("Françoise Lefèvre", "fr"), ("Łukasz Żółć", "pl"),
    ("Ивана Петровић", "sr"), ("Дмитрий Щербаков", "ru"), ("Νίκος Παπαδόπουλος", "el"), ("山田 太郎", "ja"),
    ("さくら 鈴木", "ja"), ("王小明", "zh"), ("김민준", "ko"), ("محمد الأحمد", "ar"), ("نور الهاشمي", "ar"),
    ("אורי כהן", "he"), ("प्रिया शर्मा", "hi"), ("สมชาย ใจดี", "th"), ("Nguyễn Thị Hạnh", "vi"), ("გიორგი ბერიძე", "ka"),
)  # fmt: skip
THINGS: Final = ("Order", "Gift box", "Spare part", "Book", "Tea, 500 g", "Tent", "Ordine", "Bestellung")
