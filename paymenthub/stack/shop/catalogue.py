"""What the shop sells. Prices are minor units of EUR."""

from dataclasses import dataclass

CURRENCY = "EUR"
MOST_OF_ONE = 9


@dataclass(frozen=True, slots=True)
class Product:
    """One thing. `picture` names a drawing of static/pictures.svg; `note` tells what its price does at the test provider."""

    code: str
    name: str
    text: str
    price: int
    picture: str
    note: str = ""


PRODUCTS = {
    product.code: product
    for product in (
        Product("cup", "Espresso cup", "Thick porcelain that stays warm, 60 ml.", 1400, "cup"),
        Product("beans", "Beans, 250 g", "Chocolate and hazelnut, roasted on Tuesdays.", 1200, "beans"),
        Product("dripper", "Pour-over set", "Glass carafe, dripper, forty filters.", 3900, "dripper"),
        Product("jug", "Milk jug", "Steel, with a spout for hearts and tulips.", 2400, "jug"),
        Product("tea", "Green tea, 100 g", "For those who do not drink coffee.", 900, "tea"),
        Product(
            "refused",
            "A cup too far",
            "The bank says no to this one.",
            561,
            "cup",
            "Ends in 61: the payment is declined.",
        ),
        Product(
            "slow",
            "The slow drip",
            "Takes its time, and so does its payment.",
            667,
            "dripper",
            "Ends in 67: processing first, then paid.",
        ),
    )
}


def written(amount: int) -> str:
    """Write minor units for people."""
    return f"€ {amount // 100}.{amount % 100:02}"
