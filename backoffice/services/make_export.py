"""Make an export's file in a worker: whole or not at all, and again from the start where a worker died."""

import datetime as dt
import logging
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from backoffice.access import projects_of
from backoffice.exports.formats import Row, write
from backoffice.exports.lists import UnreadableFilter, may_export
from backoffice.exports.reading import snapshot
from backoffice.exports.storage import files, name_of
from backoffice.exports.wish import Wish, wish_of
from backoffice.models import ExportJob, ExportState
from backoffice.models.export_job import UNFINISHED
from backoffice.services import export_audit
from backoffice.services.forget_export import forget_export
from paymenthub.kernel import clock
from paymenthub.kernel.errors import HubError
from payments.models import AuditOutcome

logger = logging.getLogger(__name__)

MOST_TRIES = 3
_TOLD_EVERY = 1.0  # seconds
_AGAIN_AFTER = dt.timedelta(seconds=5)


class Overtaken(Exception):
    """The job was cancelled, or another worker has it: this one writes nothing any more."""


def make_export(job_id: uuid.UUID) -> None:
    """Make it, if it is due; one that cannot be made after some tries has failed."""
    job = _take(job_id)
    if job is None:
        return
    try:
        _make(job)
    except Overtaken:
        logger.info("an export was cancelled or taken over", extra={"export": str(job_id)})
    except (UnreadableFilter, HubError) as error:
        _fail(job, str(error))
    except (Exception, SoftTimeLimitExceeded):
        logger.exception("an export could not be made", extra={"export": str(job_id)})
        if job.tries >= MOST_TRIES:
            _fail(job, _("It could not be made after several tries. Narrow the filter, or ask who runs the hub."))
        else:
            _mine(job).update(state=ExportState.DUE, due_at=clock.now() + _AGAIN_AFTER)


def _take(job_id: uuid.UUID) -> ExportJob | None:
    now = clock.now()
    due = ExportJob.objects.filter(pk=job_id, state__in=UNFINISHED, due_at__lte=now)
    took = due.update(state=ExportState.RUNNING, due_at=_lease(now), tries=F("tries") + 1, rows_written=0)
    if not took:
        return None
    job = ExportJob.objects.select_related("user").get(pk=job_id)
    if job.tries > MOST_TRIES:
        _fail(job, _("Its workers died several times. Narrow the filter, or ask who runs the hub."))
        return None
    return job


def _make(job: ExportJob) -> None:
    wish = wish_of(job)
    if not job.user.is_active or not may_export(job.user, wish.list):
        raise HubError(_("The person may not export this list any more."))
    with snapshot() as view, tempfile.TemporaryFile() as file:
        rows = view.rows(wish.list.rows(job.user, wish.filters), wish.columns, most=settings.EXPORT_MAX_ROWS)
        told = _Told(job)
        for chunk in write(wish.look, wish.columns, told.count(rows)):
            file.write(chunk)
        told.beat()
        size = file.tell()
        file.seek(0)
        kept = files().save(name_of(job, job.tries), File(file))
    if not _finish(job, wish, kept, size, told.rows):
        files().delete(kept)
        raise Overtaken


def _finish(job: ExportJob, wish: Wish, kept: str, size: int, rows: int) -> bool:
    now, mine = clock.now(), projects_of(job.user)
    with transaction.atomic():
        done = _mine(job).update(
            state=ExportState.READY,
            stored_name=kept,
            projects=None if mine is None else sorted(mine),
            size=size,
            rows_written=rows,
            finished_at=now,
            expires_at=now + dt.timedelta(seconds=settings.EXPORT_KEEP),
        )
        if done:
            _audit(job, wish, rows, AuditOutcome.OK, job.shown_name)
    return bool(done)


def _fail(job: ExportJob, problem: str) -> None:
    with transaction.atomic():
        if _mine(job).update(state=ExportState.FAILED, problem=problem[:255], finished_at=clock.now()):
            _audit(job, wish_of(job), 0, AuditOutcome.KO, problem)
    forget_export(job)


def _audit(job: ExportJob, wish: Wish, rows: int, outcome: AuditOutcome, message: str) -> None:
    export_audit.end(
        job.user,
        wish,
        audit_id=job.audit_id,
        object_id=job.id,
        address=job.address,
        rows=rows,
        outcome=outcome,
        message=message,
    )


class _Told:
    """Counts rows, tells how far it is, and keeps the lease, about once a second."""

    def __init__(self, job: ExportJob) -> None:
        self._job, self._last = job, time.monotonic()
        self.rows = 0

    def count(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            self.rows += 1
            if self.rows % 500 == 0 and time.monotonic() - self._last >= _TOLD_EVERY:
                self.beat()
            yield row

    def beat(self) -> None:
        self._last = time.monotonic()
        if not _mine(self._job).update(rows_written=self.rows, due_at=_lease(clock.now())):
            raise Overtaken


def _mine(job: ExportJob) -> QuerySet[ExportJob]:
    """Return the job while this run is the one that counts."""
    return ExportJob.objects.filter(pk=job.pk, state=ExportState.RUNNING, tries=job.tries)


def _lease(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(seconds=settings.EXPORT_LEASE)
