"""Settings of a real installation: refuses to start where a secret is missing."""

from django.core.exceptions import ImproperlyConfigured

from .base import *

HUB_ENVIRONMENT = "production"
DEBUG = False
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY or SECRET_KEY_FILE is not set. Give at least 50 random characters.")
if not (HUB_ENCRYPTION_KEYS or HUB_ENCRYPTION_KEYS_FILE):
    raise ImproperlyConfigured(
        "HUB_ENCRYPTION_KEYS is not set. Make one and keep it safe: "
        "python -c 'from paymenthub.kernel.crypto import generate_key; print(generate_key())'"
    )
if not HUB_PUBLIC_URL.startswith("https://"):
    raise ImproperlyConfigured("HUB_PUBLIC_URL must be https:// in production: customers and PSPs come by it.")
if not REDIS_URL:
    raise ImproperlyConfigured("REDIS_URL is not set.")
