"""What a person changes of themselves."""

from django.contrib.auth.models import User

from backoffice.models import StaffProfile
from payments.models import AuditAction
from payments.services import audit

from .by import By, id_of_user
from .sessions import end_sessions


def choose_language(user: User, language: str) -> None:
    """Take the language of a person's pages; empty: as the browser asks."""
    StaffProfile.objects.update_or_create(user=user, defaults={"language": language})


def password_changed(by: By, *, session: str | None) -> None:
    """Write down that a person has a new password, and end their sessions but the one at hand."""
    if by.user is None:
        raise ValueError("A person changes their own password.")
    StaffProfile.objects.filter(user=by.user).update(must_change_password=False)
    end_sessions(by.user, but=session)
    audit.done(by.draft(AuditAction.STAFF_PASSWORD, id_of_user(by.user.pk)), f"{by.name} chose another password.")
