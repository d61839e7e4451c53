"""Find principals and projects by what people call them."""

from uuid import UUID

from paymenthub.kernel import ids
from paymenthub.kernel.errors import Conflict, NotFound
from payments.models import Principal, Project


def principal_named(name: str) -> Principal:
    """Return the principal of that name. Raises NotFound."""
    principal = Principal.objects.filter(name=name).first()
    if principal is None:
        raise NotFound(f"There is no principal {name!r}. Make it: manage.py create_principal {name!r}")
    return principal


def project_named(name: str) -> Project:
    """Return a project by its name, by `principal/name` where the name is not unique, or by its id.

    Raises NotFound, or Conflict where several principals have one of that name.
    """
    found_id: UUID | None = ids.parse_public_id(ids.PROJECT, name)
    principal, slash, short = name.partition("/")
    projects = Project.objects.select_related("principal").order_by("principal__name")
    if found_id is not None:
        found = list(projects.filter(pk=found_id))
    elif slash:
        found = list(projects.filter(principal__name=principal, name=short))
    else:
        found = list(projects.filter(name=name))
    if not found:
        raise NotFound(f"There is no project {name!r}. Make it: manage.py create_project PRINCIPAL {name!r}")
    if len(found) > 1:
        choices = ", ".join(f"{project.principal.name}/{project.name}" for project in found)
        raise Conflict(f"Several principals have a project {name!r}. Say which one: {choices}")
    return found[0]
