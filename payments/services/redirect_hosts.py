"""A project's list of hosts that its customers may be sent back to."""

from collections.abc import Sequence

from paymenthub.kernel import db
from paymenthub.kernel.errors import InvalidField
from payments import locks
from payments.domain.redirects import MOST_HOSTS, problem_of_host
from payments.models import AuditAction, AuditEntry, AuditOutcome, Project
from payments.selectors import api_keys

from .install_machine import By


def set_redirect_hosts(*, project: Project, hosts: Sequence[str], by: By) -> None:
    """Give a project another list, and write down who did. Raises InvalidField."""
    hosts = list(dict.fromkeys(hosts))
    if len(hosts) > MOST_HOSTS:
        raise InvalidField(f"At most {MOST_HOSTS} hosts.", param="hosts")
    for host in hosts:
        wrong = problem_of_host(host)
        if wrong:
            raise InvalidField(f"{host[:64]!r}: {wrong}", param="hosts")
    with db.durable():
        locked = locks.project(project.id)
        before, locked.redirect_hosts = locked.redirect_hosts, hosts
        locked.save(update_fields=["redirect_hosts"])
        AuditEntry.objects.create(
            project=locked,
            object_id=locked.id,
            action=AuditAction.REDIRECT_HOSTS,
            actor=by.actor,
            address=by.address,
            note=by.reason,
            outcome=AuditOutcome.OK,
            message=f"Customers of {locked.name} may be sent back to: {', '.join(hosts) or 'any host'}."[:500],
            before={"hosts": before},
            after={"hosts": hosts},
        )
    api_keys.forget()
