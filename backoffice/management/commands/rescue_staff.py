"""Let a member of staff in again who is locked out: after wrong passwords, without a phone, without a password."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.services import staff_acts
from backoffice.services.by import By


class Command(BaseCommand):
    """Let somebody in again."""

    help = "Unlock a sign-in; with --second-factor and --password take these away too. Written into the audit trail."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name, and what to take away."""
        parser.add_argument("name", help="user name, a superuser's too")
        parser.add_argument("--second-factor", action="store_true", help="reset the second factor and recovery codes")
        parser.add_argument("--password", action="store_true", help="print a one-time password")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        user = User.objects.filter(username=options["name"]).first()
        if user is None:
            there = ", ".join(User.objects.order_by("username").values_list("username", flat=True)[:20]) or "nobody"
            raise CommandError(f"There is no user {options['name']!r}. There are: {there}.")
        by = By("command line", note="rescue_staff")
        staff_acts.unlock(user_id=user.pk, by=by)
        self.stdout.write(f"The sign-in of {user.username} is unlocked.")
        if options["second_factor"]:
            staff_acts.reset_second_factor(user_id=user.pk, by=by)
            self.stdout.write("The second factor is reset.")
        if options["password"]:
            password = staff_acts.give_one_time_password(user_id=user.pk, by=by)
            self.stdout.write(f"The one-time password, shown this once:\n\n    {password}\n")
