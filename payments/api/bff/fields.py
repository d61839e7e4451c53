"""Fields that several requests of front ends share."""

from typing import Annotated

from msgspec import Meta

SagaId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=255,
        description="The saga's id, or ours of its payment (`pay_…`).",
        examples=["pay_0197a2c4d5e67f8091a2b3c4d5e6f708"],
    ),
]
