"""A person's second factor: set it up, ask for it, replace its recovery codes, take it away."""

import base64
import datetime as dt
import logging
import math
import secrets
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _
from django_otp.models import Device

from backoffice.models import AccessKind, RecoveryCode, SealedTotp
from paymenthub.kernel import clock
from paymenthub.kernel.crypto import SealBroken, hash_secret
from paymenthub.kernel.errors import Conflict, HubError, InvalidField, RateLimited
from payments import locks
from payments.models import AuditAction
from payments.services import audit

from .by import By, id_of_user

logger = logging.getLogger(__name__)

RECOVERY_CODES = 10


@dataclass(frozen=True, slots=True)
class Passed:
    """A second step that was passed: by which device, and how."""

    device: SealedTotp
    how: AccessKind


def device_of(user: User) -> SealedTotp | None:
    """Return a person's second factor."""
    device: SealedTotp | None = SealedTotp.objects.filter(user=user, confirmed=True).first()
    return device


def new_key() -> bytes:
    """Make a key for a device that is to be set up."""
    return secrets.token_bytes(16)


def enrol(*, user_id: int, key: bytes, code: str, by: By) -> tuple[SealedTotp, list[str]]:
    """Set the second factor up with the code that proves that the app holds the key; return the recovery codes too.

    Raises InvalidField for a wrong code, Conflict where there is a second factor already: of two tabs one sets up.
    """
    with transaction.atomic():
        user = locks.staff(user_id)
        if device_of(user) is not None:
            raise Conflict(_("A second factor is set up already."))
        device = SealedTotp.objects.create(
            user=user, name="TOTP", confirmed=True, key=SealedTotp.seal(key, user_id=user_id)
        )
        # The code is used up by this: it does not pass the next sign-in.
        if not device.verify_token(_plain(code)):
            raise InvalidField(_("This code is not right. Is the clock of your phone right?"), param="code")
        codes = _replace_codes(user)
        _tell(by, user, "A second factor was set up for %(name)s.")
    return device, codes


def verify(*, user: User, code: str) -> Passed:
    """Check a code at the second step: of the app, or a recovery code, which is used up.

    Raises InvalidField for a wrong one, and RateLimited where wrong ones came too fast, whatever this one is: each
    doubles the wait. A code that was used is wrong.
    """
    refusal: HubError
    with transaction.atomic():
        device = _locked(user)
        allowed, why = device.verify_is_allowed()
        if allowed:
            if _is_of_app(code) and _is_right(device, code):
                return Passed(device, AccessKind.SECOND_FACTOR)
            if not _is_of_app(code):
                if _use_code(user, code):
                    device.throttle_reset()
                    return Passed(device, AccessKind.RECOVERY_CODE)
                device.throttle_increment()
            refusal = InvalidField(_("This code is not right, or was used before."), param="code")
        else:
            wait = math.ceil(((why or {})["locked_until"] - clock.now()) / dt.timedelta(seconds=1))
            told = _("Too many wrong codes. Wait %(seconds)s seconds.") % {"seconds": max(wait, 1)}
            refusal = RateLimited(told, retry_after=max(wait, 1))
    raise refusal  # outside of the transaction: that a code was wrong must be kept


def codes_left(user: User) -> int:
    """Count the recovery codes that were not used."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def new_codes(*, user_id: int, by: By) -> list[str]:
    """Replace a person's recovery codes; the old ones are worth nothing then."""
    with transaction.atomic():
        user = locks.staff(user_id)
        codes = _replace_codes(user)
        _tell(by, user, "The recovery codes of %(name)s were replaced.")
    return codes


def remove_own(*, user_id: int, by: By) -> None:
    """Take one's own second factor away. Ask for a code of it before."""
    with transaction.atomic():
        user = locks.staff(user_id)
        forget_factor(user)
        _tell(by, user, "%(name)s turned the second factor off.")


def forget_factor(user: User) -> None:
    """Delete a person's second factor and its recovery codes."""
    SealedTotp.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def _locked(user: User) -> SealedTotp:
    device = device_of(user)
    locked = Device.from_persistent_id(device.persistent_id, for_verify=True) if device is not None else None
    if not isinstance(locked, SealedTotp):
        raise Conflict(_("There is no second factor any more. Sign in again."))
    return locked


def _is_right(device: SealedTotp, code: str) -> bool:
    try:
        return bool(device.verify_token(_plain(code)))
    except SealBroken:
        logger.exception(
            "The ring has no key for a second factor; a recovery code passes, or an administrator resets it"
        )
        return False


def _plain(code: str) -> str:
    return "".join(code.split())


def _is_of_app(code: str) -> bool:
    plain = _plain(code)
    return plain.isascii() and plain.isdigit() and len(plain) == 6


def _use_code(user: User, code: str) -> bool:
    rows = RecoveryCode.objects.filter(user=user, digest=_digest(user, code), used_at=None)
    return rows.update(used_at=clock.now()) == 1


def _replace_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = [_new_code() for _number in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return codes


def _new_code() -> str:
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()  # 80 bits
    return "-".join(text[at : at + 4] for at in range(0, 16, 4))


def _digest(user: User, code: str) -> str:
    return hash_secret(f"{user.pk}:{_plain(code).replace('-', '').lower()}")


def _tell(by: By, user: User, message: str) -> None:
    draft = by.draft(AuditAction.SECOND_FACTOR, id_of_user(user.pk))
    audit.done(draft, message % {"name": user.get_username()})
