"""The signing secrets of a project or an endpoint: a sealed list, newest first."""

import json
from collections.abc import Sequence

from paymenthub.kernel import clock
from payments.models import Project, WebhookEndpoint
from payments.outbound.sign import secret_bytes
from payments.selectors.keyring import ring


def seal_secrets(owner: Project | WebhookEndpoint, secrets: Sequence[str]) -> str:
    """Return the sealed list, for the owner's own column only; raises InvalidSecret.

    To change a secret without a gap, seal [new, old], and set `previous_secret_until` to the end of the overlap.
    """
    for secret in secrets:
        secret_bytes(secret)
    return ring().seal(json.dumps(list(secrets)).encode(), context=_context(owner))


def open_secrets(owner: Project | WebhookEndpoint) -> list[str]:
    """Return the secrets that the owner's callbacks are signed with now, the newest first; none where none were set.

    Raises SealBroken where they cannot be opened.
    """
    sealed = owner.callback_secrets_sealed if isinstance(owner, Project) else owner.secrets_sealed
    if not sealed:
        return []
    secrets = [str(secret) for secret in json.loads(ring().open(sealed, context=_context(owner)))]
    is_over = owner.previous_secret_until is not None and owner.previous_secret_until <= clock.now()
    return secrets[:1] if is_over else secrets


def _context(owner: Project | WebhookEndpoint) -> bytes:
    kind = "project" if isinstance(owner, Project) else "webhook-endpoint"
    return f"callback-secrets:{kind}:{owner.pk}".encode()
