"""Print a document that the caller numbers and keeps: queued for a worker, awaited for a while, then forgotten."""

import datetime as dt
import json
import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db.models import F

from invoices.domain import snapshot
from invoices.domain.document import Document
from invoices.models import PrintJob, PrintState
from invoices.pdf.render import render
from invoices.selectors.profiles import logo
from paymenthub.kernel import clock, db, ids
from paymenthub.kernel.errors import NotFound
from payments.models import Project
from payments.selectors.keyring import ring

logger = logging.getLogger(__name__)

_LEASE = dt.timedelta(seconds=180)
_MOST_TRIES = 3
_LOOK_EVERY = 0.1  # seconds
_PURPOSE = "invoices.print"


class _Room:
    """How many requests wait in this process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting = 0

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Take a place where there is one; tell whether."""
        with self._guard:
            got = self._waiting < settings.PRINT_PDF_WAITING
            self._waiting += got
        try:
            yield got
        finally:
            with self._guard:
                self._waiting -= got


room = _Room()


def queue(
    *, project: Project, mode: str, document: Document, logo_digest: str, wake: Callable[[str], None]
) -> PrintJob:
    """Write a document down to be printed, and wake a worker; the same document again is the same job while it is kept."""
    kept = snapshot.freeze(document)
    content = json.dumps([kept, logo_digest], sort_keys=True).encode()
    # Keyed: from a digest alone nobody may guess what stood on the document.
    digest = ring().digest(content, purpose=_PURPOSE)
    row = PrintJob(id=ids.new_uuid(), project=project, mode=mode, digest=digest, document=kept, logo_digest=logo_digest)
    PrintJob.objects.bulk_create([row], ignore_conflicts=True)
    found = PrintJob.objects.defer("pdf").get(project=project, mode=mode, digest=digest)
    if found.state == PrintState.DUE:
        wake(str(found.id))
    return found


def wait_for(job: PrintJob) -> PrintJob:
    """Wait up to PRINT_PDF_WAIT seconds until it is ready or has failed; return it as it stands then."""
    deadline = clock.monotonic() + settings.PRINT_PDF_WAIT
    pause = threading.Event()
    with room.place() as there_is_room:
        while there_is_room and job.state == PrintState.DUE and clock.monotonic() < deadline:
            db.release_connection()
            pause.wait(_LOOK_EVERY)
            job.refresh_from_db(fields=["state"])
    return job


def find(*, project: Project, mode: str, print_id: str) -> PrintJob:
    """Find a job inside a project and mode. Raises NotFound."""
    parsed = ids.parse_public_id("print", print_id)
    row = PrintJob.objects.defer("pdf").filter(project=project, mode=mode, pk=parsed).first() if parsed else None
    if row is None:
        raise NotFound("There is no such document; it is kept for a while only.", param="printId")
    return row


def due_prints(limit: int = 100) -> list[uuid.UUID]:
    """Name the jobs that no worker has done."""
    due = PrintJob.objects.filter(state=PrintState.DUE, due_at__lte=clock.now())
    return list(due.order_by("due_at").values_list("id", flat=True)[:limit])


def print_job(job_id: uuid.UUID) -> None:
    """Print one; after some tries it counts as failed."""
    now = clock.now()
    mine = PrintJob.objects.filter(pk=job_id, state=PrintState.DUE, due_at__lte=now)
    if not mine.update(due_at=now + _LEASE, tries=F("tries") + 1):
        return
    job = PrintJob.objects.get(pk=job_id)
    picture, kind = logo(job.logo_digest)
    try:
        pdf = render(snapshot.thaw(job.document, logo=picture, logo_type=kind)).pdf
    except (Exception, SoftTimeLimitExceeded):
        logger.exception("a document could not be printed")
        over = job.tries >= _MOST_TRIES
        PrintJob.objects.filter(pk=job_id).update(
            state=PrintState.FAILED if over else PrintState.DUE, due_at=clock.now() + dt.timedelta(seconds=2)
        )
        return
    PrintJob.objects.filter(pk=job_id).update(state=PrintState.READY, pdf=pdf)


def forget_old(limit: int = 500) -> int:
    """Delete what was kept long enough; return how many."""
    old = PrintJob.objects.filter(created_at__lt=clock.now() - dt.timedelta(seconds=settings.PRINT_PDF_KEEP))
    return PrintJob.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:limit])).delete()[0]
