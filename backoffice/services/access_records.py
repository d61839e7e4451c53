"""Write down who came in, and who looked at personal data."""

import datetime as dt

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpRequest

from backoffice.models import AccessKind, AccessRecord
from backoffice.requests import address_of, browser_of
from paymenthub.kernel import clock
from payments.models import Project

_MOST_A_RUN = 50_000


def viewed(request: HttpRequest, row: Model, *, project: Project | None = None, title: str = "") -> None:
    """Write down that the person of a request looked at a row; once an hour for each person and row.

    `project`: whose data it is; without one, the row's own `project` where it has one. One INSERT, whatever is there.
    """
    now = clock.now()
    record = _record(request, AccessKind.VIEWED, request.user.get_username())
    record.actor_id = request.user.pk
    record.hour = now.replace(minute=0, second=0, microsecond=0)
    record.object_type = row._meta.label_lower
    record.object_id = str(row.pk)[:64]
    record.title = (title or str(row))[:128]
    record.project_id = project.pk if project is not None else getattr(row, "project_id", None)
    AccessRecord.objects.bulk_create([record], ignore_conflicts=True)


def came(request: HttpRequest, kind: AccessKind, *, user: User | None = None, name: str = "") -> None:
    """Write down a sign-in, or what was tried; `name` is what was typed in where no user is known."""
    record = _record(request, kind, user.get_username() if user is not None else name)
    record.actor_id = user.pk if user is not None else None
    record.save(force_insert=True)


def forget_old() -> int:
    """Delete the records that are older than ACCESS_RECORDS_KEPT_DAYS, a bounded number a run; return how many."""
    before = clock.now() - dt.timedelta(days=settings.ACCESS_RECORDS_KEPT_DAYS)
    old = AccessRecord.objects.filter(created_at__lt=before).order_by("created_at").values("pk")[:_MOST_A_RUN]
    deleted, _each = AccessRecord.objects.filter(pk__in=old).delete()
    return deleted


def _record(request: HttpRequest, kind: AccessKind, actor: str) -> AccessRecord:
    return AccessRecord(kind=kind, actor=actor[:150], address=address_of(request), browser=browser_of(request))
