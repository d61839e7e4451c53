"""Who bought, from what the order system told: `buyer` of the payment, and `additionalData.buyer` with more of it."""

from collections.abc import Mapping

from .document import Party
from .problems import Unbillable

_NAMES: dict[str, tuple[str, ...]] = {
    "name": ("company", "companyName", "name", "personName"),
    "street": ("street", "streetAddress", "address"),
    "postal_code": ("postalCode", "zip", "zipCode"),
    "city": ("city",),
    "state": ("state", "province"),
    "country": ("country", "countryCode"),
    "vat_id": ("vatId", "vatNumber"),
    "tax_number": ("taxNumber", "fiscalCode"),
    "email": ("email",),
}
_LONGEST = 255


def buyer_of(*told: object) -> Party:
    """Put a buyer together; what is told first counts. Raises Unbillable (`buyer_incomplete`, `buyer_invalid`)."""
    found: dict[str, str] = {}
    for field, names in _NAMES.items():
        values = [_value(source, names) for source in told if isinstance(source, Mapping)]
        found[field] = next((value for value in values if value), "")
    country = found["country"].upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Unbillable(
            "buyer_invalid", "The buyer's country is a code of two letters (ISO 3166-1).", param="buyer.country"
        )
    if not found["name"]:
        raise Unbillable("buyer_incomplete", "The buyer has no name (`buyer.name`).", param="buyer.name")
    return Party(**found | {"country": country})


def _value(source: Mapping[str, object], names: tuple[str, ...]) -> str:
    for name in names:
        value = source.get(name)
        if value is None or value == "":
            continue
        text = " ".join(value.split()) if isinstance(value, str) else ""
        if not text or len(text) > _LONGEST or not text.isprintable():
            raise Unbillable(
                "buyer_invalid", f"buyer.{name}: a text of at most {_LONGEST} characters.", param=f"buyer.{name}"
            )
        return text
    return ""
