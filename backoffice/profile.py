"""A person's profile, read once a request."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, User

from .models import StaffProfile

_KEPT = "_hub_profile"


def profile_of(user: User | AnonymousUser) -> StaffProfile | None:
    """Return the person's profile; None where they have none. Asked once for each user object."""
    kept: Any = getattr(user, _KEPT, user)  # the user itself stands for «not asked yet»
    if kept is user:
        kept = StaffProfile.objects.filter(user_id=user.pk).first()
        setattr(user, _KEPT, kept)
    return kept  # type: ignore[no-any-return]
