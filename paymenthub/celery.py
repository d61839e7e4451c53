"""The workers and beat: `celery -A paymenthub worker`, `celery -A paymenthub beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paymenthub.settings.production")

app = Celery("paymenthub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["payments", "invoices", "backoffice"], related_name="tasks")


@setup_logging.connect
def _use_django_logging(**_: Any) -> None:
    """Keep Celery from replacing the handlers: one format, one redaction."""


@app.on_after_finalize.connect
def _schedule(sender: Celery, **_: Any) -> None:
    from payments.tasks.schedule import periodic_tasks

    for name, seconds in periodic_tasks(settings):
        sender.add_periodic_task(seconds, sender.signature(name), name=name)
