"""What the published product calls the payment methods."""

_LABELS = {
    "applepay": "Apple Pay",
    "credit-cards": "Credit Card",
    "googlepay": "Google Pay",
    "pay-pal": "PayPal",
    "satispay": "Satispay",
    "scalapay": "Scalapay",
    "soisy": "Soisy",
    "wire-transfer": "Wire Transfer",
}


def method_label(code: str) -> str:
    """Return a method's published label; another method is shown by its code."""
    return _LABELS.get(code, code)
