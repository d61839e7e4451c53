"""Make the hub's roles as groups, and bring them up to date, without undoing what a person changed."""

from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import transaction

from backoffice.roles import ROLES, Role

_APPS = ("auth", "payments", "invoices", "backoffice")


def sync_roles(apps: Any = installed) -> list[str]:
    """Give every role what this version has for it; return one sentence for each role that was touched.

    What a role lost or won by a person's hand stays so: only the difference between what the hub gave last and what
    it has now is applied. A group that was deleted stays deleted. A permission that does not exist (yet) is left out
    and given once it does. `apps` is a migration's registry, or Django's own.
    """
    for label in _APPS:
        # Django makes them after the last migration only; with models, or inside a migration, it says nothing.
        create_permissions(installed.get_app_config(label), verbosity=0)
    with transaction.atomic():
        return [told for role in ROLES if (told := _sync(role, apps))]


def _sync(role: Role, apps: Any) -> str:
    groups = apps.get_model("auth", "Group").objects
    ledger = apps.get_model("backoffice", "InstalledRole").objects
    known = _permissions(apps)
    wanted = {name for name in role.permissions if name in known}
    record = ledger.filter(pk=role.name).first()
    group = groups.filter(name=role.name).first()
    if record is None:
        ledger.create(name=role.name, permissions=sorted(wanted))
        if group is not None:
            return f"{role.name}: a group of this name was there and stays as it is."
        group = groups.create(name=role.name)
        group.permissions.set(known[name] for name in wanted)
        apps.get_model("backoffice", "RolePolicy").objects.create(
            group=group, two_factor=role.two_factor, refunds_limited=role.refunds_limited
        )
        return f"{role.name}: made with {len(wanted)} permissions."
    given = set(record.permissions)
    if given == wanted:
        return ""
    record.permissions = sorted(wanted)
    record.save(update_fields=["permissions"])
    if group is None:
        return f"{role.name}: the group was deleted, and stays so."
    group.permissions.add(*(known[name] for name in wanted - given))
    group.permissions.remove(*(known[name] for name in given - wanted if name in known))
    return f"{role.name}: {len(wanted - given)} permissions are new, {len(given - wanted)} are gone."


def _permissions(apps: Any) -> dict[str, int]:
    rows = apps.get_model("auth", "Permission").objects.values_list("content_type__app_label", "codename", "pk")
    # A permission of a proxy and its model's may share a name; the first one made is the model's.
    return {f"{app}.{codename}": pk for app, codename, pk in rows.order_by("-pk")}
