"""Make and change merchants' webhook endpoints, each time with a row in the audit trail that holds no secret."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from paymenthub.kernel import db
from paymenthub.kernel.errors import Conflict, InvalidField
from paymenthub.kernel.redact import redact_url
from payments import locks
from payments.domain.callback_types import CALLBACK_TYPES
from payments.models import AuditAction, Project, WebhookEndpoint
from payments.selectors.configured import Version, version_of
from payments.services.api_keys import already_made
from payments.services.configuring import note, refuse_if_changed
from payments.services.install_machine import By
from payments.services.merchants import check_mode

from .guard import TargetRefused, UnresolvableTarget, resolve
from .secrets import seal_secrets
from .sign import new_secret

MOST_ENDPOINTS = 20
"""Of one project and mode: each event goes to every one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointGiven:
    """What an endpoint is to be. `url` None: as it is. No event types: all of them."""

    url: str | None
    event_types: Sequence[str] = ()
    enabled: bool = True


def make_endpoint(
    *, project: Project, mode: str, endpoint_id: uuid.UUID, given: EndpointGiven, by: By
) -> tuple[WebhookEndpoint, str]:
    """Make an endpoint and return it with its signing secret, which is to be had here only.

    `endpoint_id` is chosen with its form. Raises InvalidField, or Conflict where there are too many, where the address has
    one already, or where the form was sent before.
    """
    check_mode(mode)
    _check(given)
    if not given.url:
        raise InvalidField(_("Give an address."), param="url")
    secret = new_secret()
    row = WebhookEndpoint(id=endpoint_id, project=project, mode=mode, url=given.url)
    row.event_types, row.enabled = list(given.event_types), given.enabled
    row.secrets_sealed = seal_secrets(row, [secret])
    with db.durable():
        row.project = locks.project(project.id)
        if WebhookEndpoint.objects.filter(pk=endpoint_id).exists():
            raise already_made()
        if WebhookEndpoint.objects.filter(project=project, mode=mode).count() >= MOST_ENDPOINTS:
            raise Conflict(
                _("A project has at most %(most)s endpoints in each mode.") % {"most": MOST_ENDPOINTS}, param="url"
            )
        _refuse_twin(row)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            raise already_made() from None
        note(row, AuditAction.ENDPOINT, by, f"The {mode} endpoint {redact_url(row.url)} was made.")
    return row, secret


def change_endpoint(*, endpoint: WebhookEndpoint, given: EndpointGiven, by: By, seen: Version | None) -> None:
    """Change where an endpoint is, what it wants, or whether it is on.

    Deliveries that wait keep their address. Raises InvalidField, or Conflict where somebody changed it since.
    """
    _check(given)
    with db.durable():
        project = locks.project(endpoint.project_id)
        row = WebhookEndpoint.objects.get(pk=endpoint.pk)
        row.project = project
        refuse_if_changed(row, seen)
        before = version_of(row).told
        row.url = given.url or row.url
        row.event_types, row.enabled = list(given.event_types), given.enabled
        _refuse_twin(row)
        row.save(update_fields=["url", "event_types", "enabled"])
        note(row, AuditAction.ENDPOINT, by, f"The endpoint {redact_url(row.url)} was changed.", before=before)


def _check(given: EndpointGiven) -> None:
    strange = [kind for kind in given.event_types if kind not in CALLBACK_TYPES]
    if strange:
        raise InvalidField(_("There is no event %(names)s.") % {"names": ", ".join(strange)[:200]}, param="event_types")
    if given.url:
        _check_target(given.url)


def _check_target(url: str) -> None:
    """Refuse now what each delivery would be refused for; a name that has no address at the moment may get one."""
    try:
        resolve(url)
    except UnresolvableTarget:
        return
    except TargetRefused as refused:
        raise InvalidField(str(refused), param="url") from None


def _refuse_twin(row: WebhookEndpoint) -> None:
    """An address gets one delivery of an event, signed with the secret of one endpoint: a second would be without effect."""
    if WebhookEndpoint.objects.filter(project=row.project_id, mode=row.mode, url=row.url).exclude(pk=row.pk).exists():
        raise Conflict(_("There is an endpoint of this mode at this address already."), param="url")
