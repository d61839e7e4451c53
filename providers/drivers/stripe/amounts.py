"""Stripe's amounts: minor units, but not ISO 4217's for every currency."""

from paymenthub.kernel.money import Money, exponent

# Stripe's own number of decimals, where it is not ISO's: it keeps two for ISK and UGX, and has none for MGA.
_DECIMALS = {"ISK": 2, "UGX": 2, "MGA": 0}
_THREE_DECIMALS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})  # the last digit must be 0

# What Stripe takes for cards. Only currencies whose scale at Stripe is known: a wrong scale is a wrong amount.
_OTHERS = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY COP CRC "
    "CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JPY "
    "KES KGS KHR KMF KRW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO "
    "NOK NPR NZD PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TOP TRY "
    "TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"
)
CURRENCIES = _THREE_DECIMALS | frozenset(_OTHERS.split())


def encode(money: Money) -> tuple[int, str]:
    """Return Stripe's amount and currency. Raises ValueError where Stripe cannot express the amount."""
    power = _DECIMALS.get(money.currency, exponent(money.currency)) - exponent(money.currency)
    amount = money.amount * 10**power if power >= 0 else _exactly(money.amount, 10**-power, money.currency)
    if money.currency in _THREE_DECIMALS and amount % 10:
        raise ValueError(f"Stripe takes {money.currency} only with a 0 as the third decimal.")
    return amount, money.currency.lower()


def decode(amount: object, currency: object) -> Money:
    """Read Stripe's amount strictly. Raises ValueError."""
    if isinstance(amount, bool) or not isinstance(amount, int) or not isinstance(currency, str):
        raise ValueError("not an amount")
    code = currency.upper()
    power = exponent(code) - _DECIMALS.get(code, exponent(code))
    return Money(amount * 10**power if power >= 0 else _exactly(amount, 10**-power, code), code)


def _exactly(amount: int, divisor: int, currency: str) -> int:
    whole, rest = divmod(amount, divisor)
    if rest:
        raise ValueError(f"Stripe has fewer decimals in {currency} than this amount.")
    return whole
