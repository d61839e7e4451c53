"""Make a member of staff with roles and projects, and print a one-time password."""

import re
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.services.by import By
from backoffice.services.staff import Given, create_staff
from paymenthub.kernel.errors import HubError
from paymenthub.kernel.money import Money, MoneyError
from payments.models import Project

_LIMIT = re.compile(r"([A-Z]{3}):(\S+)")


class Command(BaseCommand):
    """Make a member of staff."""

    help = (
        "Make a member of staff, and print a one-time password; they choose their own when they sign in. "
        "Example: create_staff anna --role refunder --project shop --limit EUR:100.00"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name, and what the person gets."""
        parser.add_argument("name", help="user name, up to 150 letters, digits and @/./+/-/_")
        parser.add_argument("--role", action="append", default=[], help="a role; may be given several times")
        parser.add_argument("--project", action="append", default=[], help="id or name of a project; several times")
        parser.add_argument("--all-projects", action="store_true", help="every project, also later ones")
        parser.add_argument("--limit", action="append", default=[], help="refunds alone up to, as EUR:100.00")
        parser.add_argument("--email", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the person."""
        name = options["name"]
        try:
            UnicodeUsernameValidator()(name[:150] if len(name) <= 150 else "")
        except ValidationError as error:
            raise CommandError(f"{name[:50]!r} is no user name: {error.messages[0]}") from None
        given = Given(
            email=options["email"],
            roles=[self._role(role) for role in options["role"]],
            all_projects=options["all_projects"],
            projects=[self._project(project) for project in options["project"]],
            limits=dict(self._limit(limit) for limit in options["limit"]),
        )
        by = By("command line", note="create_staff")
        try:
            _user, password = create_staff(username=name, given=given, by=by)
        except HubError as error:
            raise CommandError(f"{error.message} Choose another name, or change {name} in the backoffice.") from None
        self.stdout.write(f"{name} was made. The one-time password, shown this once:\n\n    {password}\n")

    def _role(self, name: str) -> Group:
        role = Group.objects.filter(name=name).first()
        if role is None:
            there = (
                ", ".join(Group.objects.order_by("name").values_list("name", flat=True)) or "none; run migrate first"
            )
            raise CommandError(f"There is no role {name!r}. Roles: {there}.")
        return role

    def _project(self, named: str) -> Project:
        found = [p for p in Project.objects.all() if named in (p.name, str(p.pk))]
        if len(found) != 1:
            problem = "no project" if not found else f"{len(found)} projects"
            there = ", ".join(f"{p.name} ({p.pk})" for p in Project.objects.order_by("name")[:20]) or "none"
            raise CommandError(f"There is {problem} called {named!r}. Name one by its id: {there}.")
        return found[0]

    def _limit(self, text: str) -> tuple[str, int]:
        match = _LIMIT.fullmatch(text)
        if match is None:
            raise CommandError(f"{text!r} is no limit. Write it like EUR:100.00.")
        try:
            return match[1], Money.from_decimal(match[2], match[1]).amount
        except MoneyError as error:
            raise CommandError(f"{text!r} is no limit: {error} Write it like EUR:100.00.") from None
