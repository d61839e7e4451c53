"""What payments are looked for by, normalised: the same expressions in the indexes and in the queries.

Each is cut: an index refuses long values, and a payment must never fail for what a shop wrote into it. «C» compares by
bytes, so that an index finds beginnings in whatever language the database sorts.
"""

from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Collate, Left, Lower

EMAIL_LENGTH, CHANNEL_LENGTH = 254, 64

EMAIL = Collate(Lower(Left(KeyTextTransform("email", "buyer"), EMAIL_LENGTH)), "C")
SHOP_ID = Collate(Lower("shop_transaction_id"), "C")
CHANNEL = Left(KeyTextTransform("channel", "additional_data"), CHANNEL_LENGTH)
