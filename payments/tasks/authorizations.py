"""Look after held money."""

from celery import shared_task

from payments.services.warn_authorizations import warn_of_expiring_authorizations

from .periodic import once_per_slot

HOUR = 3600.0


@shared_task(name="payments.warn_authorizations", ignore_result=True)
@once_per_slot("payments.warn_authorizations", lambda: HOUR)
def warn_authorizations() -> None:
    """Warn of authorisations that end soon."""
    warn_of_expiring_authorizations()
