"""Make, rotate and revoke API keys for people, each time with a row in the audit trail that holds no key."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import Conflict
from payments import locks
from payments.models import ApiKey, AuditAction, Project
from payments.selectors import api_keys as known_keys
from payments.selectors.configured import Version, version_of

from .configuring import note, refuse_if_changed
from .install_machine import By
from .merchants import NewKey, create_api_key


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGiven:
    """A key to be made. `id` is chosen with its form, so that a form sent twice makes one key."""

    id: uuid.UUID
    mode: str
    scopes: Iterable[str]
    name: str = ""
    expires_at: dt.datetime | None = None


def make_key(*, project: Project, given: KeyGiven, by: By) -> NewKey:
    """Make a key. Raises InvalidField, or Conflict (`already_made`) where its form was sent before."""
    with db.durable():
        new = _create(locks.project(project.id), given)
        note(new.key, AuditAction.API_KEY, by, f"The {new.key.mode} key {new.key.name} was made.")
    return new


def rotate_key(
    *, key: ApiKey, new_id: uuid.UUID, overlap: dt.timedelta, expires_at: dt.datetime | None, by: By, seen: Version
) -> NewKey:
    """Make a key that may do the same; the old one ends after the overlap, or at its own end if that comes first.

    Raises InvalidField, or Conflict where the key has ended, somebody changed it since, or the form was sent before.
    """
    with db.durable():
        project = locks.project(key.project_id)
        if ApiKey.objects.filter(pk=new_id).exists():
            raise already_made()
        old = ApiKey.objects.select_related("project").get(pk=key.pk)
        refuse_if_changed(old, seen)
        now = clock.now()
        if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
            raise Conflict(_("This key has ended already. Make a new one."))
        given = KeyGiven(id=new_id, mode=old.mode, scopes=old.scopes, name=old.name, expires_at=expires_at)
        new, before = _create(project, given), version_of(old).told
        ends = now + overlap
        old.expires_at = min(old.expires_at or ends, ends)
        old.save(update_fields=["expires_at"])
        note(
            old, AuditAction.API_KEY, by, f"The key {old.shown}… is replaced by {new.key.shown}….", before=before
        )  # fmt: skip
        note(new.key, AuditAction.API_KEY, by, f"The key {new.key.shown}… takes the place of {old.shown}….")
    known_keys.forget()
    return new


def revoke_key(*, key: ApiKey, by: By) -> None:
    """End a key: at once in this process, within API_KEY_CACHE_SECONDS in others. Revoking twice changes nothing."""
    with db.durable():
        locks.project(key.project_id)
        row = ApiKey.objects.select_related("project").get(pk=key.pk)
        if row.revoked_at is not None:
            return
        before, row.revoked_at = version_of(row).told, clock.now()
        row.save(update_fields=["revoked_at"])
        note(row, AuditAction.API_KEY, by, f"The key {row.shown}… was revoked.", before=before)
    known_keys.forget()


def already_made() -> Conflict:
    """Make the error of a form that was sent before; what it made stands."""
    return Conflict(_("This form was sent before, and what it made is there. Its secret is not shown again."))


def _create(project: Project, given: KeyGiven) -> NewKey:
    try:
        with transaction.atomic():
            return create_api_key(
                project=project,
                mode=given.mode,
                scopes=given.scopes,
                name=given.name,
                expires_at=given.expires_at,
                key_id=given.id,
            )
    except IntegrityError:
        raise already_made() from None
