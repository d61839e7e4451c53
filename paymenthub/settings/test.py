"""Settings of the tests: real PostgreSQL, no pool (the runner drops the database at the end), fixed keys."""

from .base import *

HUB_ENVIRONMENT = "test"
DEBUG = False
SECRET_KEY = "test-only-" + "x" * 50
HUB_ENCRYPTION_KEYS = ["dGVzdC1vbmx5LWtleS10ZXN0LW9ubHkta2V5LTAwMDE="]
HUB_PUBLIC_URL = "http://testserver"
CALLBACK_ALLOW_PRIVATE = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_TASK_ALWAYS_EAGER = False
API_RATE_LIMIT = "off"
MAIL_RATE_LIMIT = "off"
KEYLESS_RATE_PER_IP = "off"
EMAIL_FROM = ""
MAIL_STAFF_TO = []
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns about a missing folder, and warnings are errors
# Thousands of small commits: that they survive a power cut is not what tests of the code are about. The tests that kill
# servers (tests/e2e, tests/chaos) run the real stack with its own settings.
DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"
