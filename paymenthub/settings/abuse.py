"""How often a customer may try, and when the card-testing guard trips."""

from . import env

TRUSTED_PROXIES = env.words(
    "TRUSTED_PROXIES",
    [],
    help="Addresses and networks of your own proxies, whose X-Forwarded-For is believed; `unix` for a Unix socket. Empty: "
    "nobody's, and the caller is who connects.",
)
CHECKOUT_RATE_PER_IP = env.text(
    "CHECKOUT_RATE_PER_IP",
    "120/min",
    help="Checkout pages, links and sessions one address may open: a number / sec, min, hour or day; `off`: no limit.",
)
CHECKOUT_RATE_PER_LINK = env.text("CHECKOUT_RATE_PER_LINK", "300/min", help="How often one payment link may be opened.")
CHECKOUT_TRIES_PER_IP = env.text("CHECKOUT_TRIES_PER_IP", "30/min", help="Tries to pay that one address may begin.")
CHECKOUT_TRIES_PER_PAYMENT = env.text(
    "CHECKOUT_TRIES_PER_PAYMENT",
    "10/min",
    help="Tries to begin one payment, of whatever outcome; CHECKOUT_MAX_ATTEMPTS bounds them for good.",
)
KEYLESS_RATE_PER_IP = env.text(
    "KEYLESS_RATE_PER_IP",
    "120/min",
    help="API calls without a valid key that one address may make before they are answered 429.",
)
CARD_TESTING_WINDOW = env.integer(
    "CARD_TESTING_WINDOW", 600, minimum=60, maximum=3600, help="Seconds that the card-testing guard looks back."
)
CARD_TESTING_IP_PAYMENTS = env.integer(
    "CARD_TESTING_IP_PAYMENTS",
    6,
    help="Different payments declined from one address in that time at which it trips; 0: never.",
)
CARD_TESTING_PROJECT_PAYMENTS = env.integer(
    "CARD_TESTING_PROJECT_PAYMENTS",
    60,
    help="Different payments of one project declined in that time at which it trips; 0: never.",
)
CARD_TESTING_PROJECT_SMALL = env.integer(
    "CARD_TESTING_PROJECT_SMALL",
    25,
    help="The same for small payments, of which card testing is made; 0: never.",
)
CARD_TESTING_SMALL_AMOUNT = env.integer(
    "CARD_TESTING_SMALL_AMOUNT", 500, help="Minor units up to which a payment is small."
)
CARD_TESTING_RATIO = env.number(
    "CARD_TESTING_RATIO",
    0.8,
    help="Share of declined among all decided payments that it takes besides; 1 is all of them.",
)
CARD_TESTING_HOLD = env.integer(
    "CARD_TESTING_HOLD", 1800, minimum=60, maximum=86400, help="Seconds after which a tripped guard releases by itself."
)
CARD_TESTING_PAUSE = env.integer(
    "CARD_TESTING_PAUSE",
    300,
    minimum=1,
    maximum=3600,
    help="Seconds between two tries of one address while the guard of a whole project has tripped.",
)
