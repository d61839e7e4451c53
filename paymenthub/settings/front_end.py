"""What front ends of merchants may use: Apple Pay's merchant sessions."""

from . import env

APPLEPAY_CERTIFICATE_FILE = env.text(
    "APPLEPAY_CERTIFICATE_FILE",
    help="PEM file with Apple Pay merchant identity certificate and key; empty: no sessions (501).",
)
APPLEPAY_CERTIFICATE_PASSWORD = env.text(
    "APPLEPAY_CERTIFICATE_PASSWORD", help="Password of that key, where it has one.", secret=True
)
APPLEPAY_MERCHANT_IDENTIFIER = env.text(
    "APPLEPAY_MERCHANT_IDENTIFIER", help="The identifier that Apple gave the merchant, such as merchant.example.shop."
)
