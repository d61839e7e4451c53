"""The web process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paymenthub.settings.production")

application = get_wsgi_application()

# Importing the app makes it the one that tasks are sent by: without it a nudge goes to a broker that nobody configured.
from .celery import app as celery_app  # noqa: E402

__all__ = ["application", "celery_app"]
