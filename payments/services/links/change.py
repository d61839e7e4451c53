"""Change a payment link: extend it, end it, open it again. What was begun with it goes on all the same."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import InvalidField
from payments import locks
from payments.models import PaymentLink


class _Same:
    """What is not to be changed."""


SAME = _Same()


@dataclass(frozen=True, slots=True)
class LinkChange:
    """What is to be another than it was. `expires_at` and `max_uses` None: without a limit."""

    expires_at: dt.datetime | _Same | None = SAME
    max_uses: int | _Same | None = SAME
    disabled: bool | _Same = SAME
    description: str | _Same = SAME
    locale: str | _Same = SAME


def change_link(
    link_id: uuid.UUID, wanted: LinkChange, *, then: Callable[[PaymentLink], None] = lambda link: None
) -> PaymentLink:
    """Change a link under its lock; `then` runs in the same transaction. Raises InvalidField."""
    with db.durable():
        link = locks.payment_link(link_id)
        if not isinstance(wanted.expires_at, _Same):
            if wanted.expires_at is not None and wanted.expires_at <= clock.now():
                raise InvalidField("A time to come; `disabled` ends a link now.", param="expiresAt")
            link.expires_at = wanted.expires_at
        if not isinstance(wanted.max_uses, _Same):
            link.max_uses = wanted.max_uses
        if not isinstance(wanted.disabled, _Same) and wanted.disabled != (link.disabled_at is not None):
            link.disabled_at = clock.now() if wanted.disabled else None
        for name in ("description", "locale"):
            value = getattr(wanted, name)
            if not isinstance(value, _Same):
                setattr(link, name, value)
        link.save()
        then(link)
    return PaymentLink.objects.select_related("project").get(pk=link.pk)
