"""An export that is sent while it is read, for as long as somebody takes it."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack

from django.conf import settings
from django.contrib.auth.models import User

from backoffice.services import export_audit
from paymenthub.kernel import ids
from payments.models import AuditOutcome

from .formats import Row, write
from .reading import Snapshot
from .wish import Wish


class Sending:
    """The bytes of a response. However it ends, also before its first byte, `close` gives the connection back and the
    audit trail says how many rows were read for it."""

    def __init__(
        self, view: Snapshot, user: User, wish: Wish, *, rows: int, address: str | None, stack: ExitStack
    ) -> None:
        self._view, self._user, self._wish, self._address, self._stack = view, user, wish, address, stack
        self._rows, self._whole, self._closed = 0, False, False
        self._id = ids.new_uuid()
        with ExitStack() as undo:
            undo.push(stack)
            self._audit = export_audit.begin(user, wish, object_id=self._id, address=address, rows=rows)
            undo.pop_all()
        self._bytes = self._written()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._bytes)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End it; more than once does no harm."""
        if self._closed:
            return
        self._closed = True
        with self._stack:
            self._bytes.close()
        export_audit.end(
            self._user,
            self._wish,
            audit_id=self._audit,
            object_id=self._id,
            address=self._address,
            rows=self._rows,
            outcome=AuditOutcome.OK if self._whole else AuditOutcome.KO,
            message="Sent." if self._whole else "Broken off.",
        )

    def _written(self) -> Generator[bytes]:
        yield from write(self._wish.look, self._wish.columns, self._counted())
        self._whole = True

    def _counted(self) -> Iterator[Row]:
        rows = self._wish.list.rows(self._user, self._wish.filters)
        for row in self._view.rows(rows, self._wish.columns, most=settings.EXPORT_MAX_ROWS):
            self._rows += 1
            yield row
