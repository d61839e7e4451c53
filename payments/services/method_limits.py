"""Change for whom a method of a provider account is, with a row in the audit trail."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from paymenthub.kernel import db
from paymenthub.kernel.errors import InvalidField
from paymenthub.kernel.money import MAX_AMOUNT, is_currency
from payments import locks
from payments.domain.devices import Device
from payments.models import AuditAction, MethodLimit, ProviderAccount

from . import audit
from .checkout_rules import By

_COUNTRY = re.compile("[A-Z]{2}")
_MOST = 250

Bounds = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class LimitGiven:
    """What the limits of a method are to be; amounts: (least, most) in minor units by currency. Empty: no limit."""

    amounts: Mapping[str, Bounds] = field(default_factory=dict)
    countries: Sequence[str] = ()
    devices: Sequence[str] = ()


def set_limits(*, account: ProviderAccount, method: str, given: LimitGiven, by: By) -> MethodLimit | None:
    """Set the limits of one method; None where there are none any more. Raises InvalidField."""
    if method not in account.methods:
        raise InvalidField("This account has no such method.", param="method")
    _check(given)
    with db.durable():
        locks.project(account.project_id)
        row = MethodLimit.objects.filter(account=account, method=method).first()
        before = _told(row)
        if not (given.amounts or given.countries or given.devices):
            MethodLimit.objects.filter(account=account, method=method).delete()
            row = None
        else:
            row = row or MethodLimit(account=account, method=method)
            row.amounts = {
                currency: {name: bound for name, bound in (("min", least), ("max", most)) if bound is not None}
                for currency, (least, most) in given.amounts.items()
            }
            row.countries, row.devices = sorted(set(given.countries)), sorted(set(given.devices))
            row.save()
        draft = audit.Draft(
            action=AuditAction.METHOD_LIMITS,
            project=account.project,
            object_id=account.id,
            number=1,
            actor=by.actor,
            address=by.address,
            note=by.note,
        )
        audit.done(draft, f"Limits of {account}: {method} were changed.", before=before, after=_told(row))
    return row


def _told(row: MethodLimit | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {"method": row.method, "amounts": row.amounts, "countries": row.countries, "devices": row.devices}


def _check(given: LimitGiven) -> None:
    if max(len(given.amounts), len(given.countries)) > _MOST:
        raise InvalidField(f"At most {_MOST}.", param="amounts")
    for currency, (least, most) in given.amounts.items():
        if not is_currency(currency):
            raise InvalidField(f"«{currency[:10]}» is no currency.", param="amounts")
        if any(bound is not None and not 0 <= bound <= MAX_AMOUNT for bound in (least, most)):
            raise InvalidField(f"Amounts lie between 0 and {MAX_AMOUNT} minor units.", param="amounts")
        if least is not None and most is not None and most < least:
            raise InvalidField(f"{currency}: the highest amount lies below the lowest one.", param="amounts")
    for country in given.countries:
        if not _COUNTRY.fullmatch(country):
            raise InvalidField(f"«{country[:10]}» is no country: two capital letters of ISO 3166-1.", param="countries")
    for device in given.devices:
        if device not in list(Device):
            raise InvalidField(f"Devices are: {', '.join(Device)}.", param="devices")
