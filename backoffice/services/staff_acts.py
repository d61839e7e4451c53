"""What is done to a member of staff at once: a one-time password, a reset second factor, an unlocked sign-in, an end of sessions.

Each takes its form's place in the audit trail, so that a form that is sent twice acts once.
"""

from collections.abc import Callable

from axes.utils import reset as axes_reset
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.models import StaffProfile, StaffSession
from paymenthub.kernel.errors import Conflict, Forbidden
from payments import locks
from payments.models import AuditAction, AuditOutcome
from payments.services import audit
from payments.services.ordering import constraint_of

from .by import By, id_of_user
from .second_factor import forget_factor
from .sessions import end_session, end_sessions
from .staff import hold_to_rights, one_time_password


def give_one_time_password(*, user_id: int, by: By, number: int | None = None) -> str:
    """Replace a person's password by one that is good until they have chosen their own; end their sessions.

    Raises Forbidden beyond one's rights, Conflict for a form that was sent before.
    """
    password = one_time_password()

    def work(user: User) -> str:
        user.set_password(password)
        user.save(update_fields=["password"])
        StaffProfile.objects.update_or_create(user=user, defaults={"must_change_password": True})
        axes_reset(username=user.get_username())
        end_sessions(user)
        return f"{user.get_username()} has a one-time password; their sessions have ended."

    _act(AuditAction.STAFF_PASSWORD, user_id, by, number, work)
    return password


def reset_second_factor(*, user_id: int, by: By, number: int | None = None) -> None:
    """Take a person's second factor away and end their sessions; where it is asked for, they set up another one."""

    def work(user: User) -> str:
        forget_factor(user)
        end_sessions(user)
        return f"The second factor of {user.get_username()} was reset; their sessions have ended."

    _act(AuditAction.SECOND_FACTOR, user_id, by, number, work)


def unlock(*, user_id: int, by: By, number: int | None = None) -> None:
    """Forget the wrong passwords that lock a person's sign-in."""

    def work(user: User) -> str:
        forgotten = axes_reset(username=user.get_username())
        return f"The sign-in of {user.get_username()} was unlocked ({forgotten} addresses)."

    _act(AuditAction.UNLOCK_STAFF, user_id, by, number, work)


def end_others_sessions(*, user_id: int, by: By, session: int | None = None, number: int | None = None) -> None:
    """End all sessions of a person, or the one that is named."""

    def work(user: User) -> str:
        if session is None:
            return f"{end_sessions(user)} sessions of {user.get_username()} have ended."
        for row in StaffSession.objects.filter(pk=session, user=user):
            end_session(row)
        return f"A session of {user.get_username()} has ended."

    _act(AuditAction.STAFF_SESSIONS, user_id, by, number, work, allowed=_may_end_sessions)


def _act(
    action: AuditAction,
    user_id: int,
    by: By,
    number: int | None,
    work: Callable[[User], str],
    allowed: Callable[[By, User], None] = hold_to_rights,
) -> None:
    object_id = id_of_user(user_id)
    claim = audit.FormClaim(by.draft(action, object_id, number or audit.next_number(object_id)), {})
    try:
        with transaction.atomic():
            user = locks.staff(user_id)
            allowed(by, user)
            claim.take(None)
            claim.finish(AuditOutcome.OK, work(user))
    except IntegrityError as error:
        if constraint_of(error) != "audit_form_once":
            raise
        raise Conflict(_("This form was sent before. Nothing was done a second time.")) from None


def _may_end_sessions(by: By, user: User) -> None:
    if by.user is None or by.user.is_superuser:
        return
    if user.is_superuser:
        raise Forbidden(_("Only superusers end superusers' sessions."))
    if not by.user.has_perm("backoffice.view_session"):
        raise Forbidden(_("You may not end the sessions of others."))
