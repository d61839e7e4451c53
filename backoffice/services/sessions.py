"""Keep the list of who is signed in, and end sessions."""

import datetime as dt
from typing import Any

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest

from backoffice.models import StaffSession
from backoffice.requests import address_of, browser_of
from paymenthub.kernel import clock

MARK = "hub_session"
"""Where a session keeps its own key and when it was last noted: the list is written once a minute, not once a page."""
_EVERY = dt.timedelta(seconds=60)


def note_session(request: HttpRequest) -> None:
    """Note that the request's session is in use, under its present key."""
    key, now = request.session.session_key, clock.now()
    if not key:
        return
    known, at = request.session.get(MARK, ("", ""))
    if known == key and now - dt.datetime.fromisoformat(at) < _EVERY:
        return
    what: dict[str, Any] = {
        "key": key,
        "user_id": request.user.pk,
        "address": address_of(request),
        "browser": browser_of(request),
        "seen_at": now,
    }
    # A sign-in's second step, or a new password, gives the session another key: its row goes along.
    StaffSession.objects.update_or_create(key=known or key, defaults=what)
    request.session[MARK] = (key, now.isoformat())


def end_sessions(user: User, *, but: str | None = None) -> int:
    """End a person's sessions, all of them or all but one; return how many."""
    rows = StaffSession.objects.filter(user=user).exclude(key=but or "")
    return _end(list(rows.values_list("key", flat=True)))


def end_session(row: StaffSession) -> None:
    """End one session."""
    _end([row.key])


def forget_old() -> None:
    """Delete what is left of sessions that are over."""
    Session.objects.filter(expire_date__lt=clock.now()).delete()
    live = Session.objects.values("session_key")
    StaffSession.objects.exclude(key__in=live).filter(seen_at__lt=clock.now() - dt.timedelta(hours=1)).delete()


def _end(keys: list[str]) -> int:
    with transaction.atomic():
        ended, _each = Session.objects.filter(session_key__in=keys).delete()
        StaffSession.objects.filter(key__in=keys).delete()
    return ended
