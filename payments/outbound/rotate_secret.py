"""Give a project or an endpoint a new signing secret, while the one before is still signed with for a time."""

import datetime as dt

from paymenthub.kernel import clock, db
from paymenthub.kernel.crypto import SealBroken
from payments import locks
from payments.models import AuditAction, Project, WebhookEndpoint
from payments.selectors import api_keys
from payments.selectors.configured import Version, version_of
from payments.services.configuring import note, refuse_if_changed
from payments.services.install_machine import By

from .secrets import open_secrets, seal_secrets
from .sign import new_secret


def rotate_secret(*, owner: Project | WebhookEndpoint, overlap: dt.timedelta, by: By, seen: Version) -> str:
    """Make a new secret and return it: it is to be had here only. Callbacks carry both signatures until the overlap ends.

    Of several secrets the newest one stays. Raises Conflict where somebody changed the owner since, or the form was sent
    before.
    """
    secret = new_secret()
    is_project = isinstance(owner, Project)
    with db.durable():
        project = locks.project(owner.pk if isinstance(owner, Project) else owner.project_id)
        row = project if isinstance(owner, Project) else WebhookEndpoint.objects.get(pk=owner.pk)
        if isinstance(row, WebhookEndpoint):
            row.project = project
        refuse_if_changed(row, seen)
        before = version_of(row).told
        sealed = seal_secrets(row, [secret, *_newest(row)])
        row.previous_secret_until = clock.now() + overlap
        if isinstance(row, Project):
            row.callback_secrets_sealed = sealed
        else:
            row.secrets_sealed = sealed
        column = "callback_secrets_sealed" if is_project else "secrets_sealed"
        row.save(update_fields=[column, "previous_secret_until"])
        action = AuditAction.PROJECT if is_project else AuditAction.ENDPOINT
        note(row, action, by, "The signing secret of callbacks was replaced.", before=before)
    api_keys.forget()
    return secret


def _newest(row: Project | WebhookEndpoint) -> list[str]:
    try:
        return open_secrets(row)[:1]
    except SealBroken:  # sealed under a key that is gone: nothing could be signed with it either
        return []
