"""Order an export that a worker makes."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.utils.translation import gettext as _

from backoffice.exports.wish import Wish
from backoffice.models import ExportJob
from backoffice.models.export_job import UNFINISHED
from backoffice.services import export_audit
from paymenthub.kernel import clock, db, ids
from paymenthub.kernel.errors import Conflict


def order_export(*, user: User, wish: Wish, rows: int, address: str | None) -> ExportJob:
    """Write the job down, and that it was asked for. Raises Conflict where the person has enough of them running."""
    object_id = ids.new_uuid()
    with db.durable():
        with connection.cursor() as cursor:
            # Two tabs that ask at the same moment would each count the other out.
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"backoffice.order_export:{user.pk}"]
            )
        if ExportJob.objects.filter(user=user, state__in=UNFINISHED).count() >= settings.EXPORT_AT_ONCE:
            raise Conflict(
                _("You have %(number)s exports running already: wait for one of them, or cancel it.")
                % {"number": settings.EXPORT_AT_ONCE}
            )
        job = ExportJob(
            id=object_id,
            user=user,
            address=address,
            audit_id=export_audit.note(user, wish, object_id=object_id, address=address, rows=rows),
            list=wish.list.name,
            query=wish.query,
            columns=[column.key for column in wish.columns],
            format=wish.look.format.value,
            bom=wish.look.bom,
            decimal_comma=wish.look.decimal_comma,
            rows_wanted=rows,
            shown_name=wish.shown_name(clock.now()),
        )
        job.save(force_insert=True)
    return job
