"""Settings that every environment shares; each concern stands in a file of its own."""

from pathlib import Path

from . import env
from .abuse import *
from .actions import *
from .api import *
from .backoffice import *
from .celery import *
from .database import *
from .exports import *
from .front_end import *
from .hub import *
from .inbox import *
from .invoice_pdf import *
from .invoices import *
from .lists import *
from .logging import *
from .mail import *
from .ordering import *
from .people import *
from .rollups import *
from .subscriptions import *

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = Path(env.text("VAR_DIR", "var", help="Folder for local state: embedded servers, keys, logs.")).resolve()

ROOT_URLCONF = "paymenthub.urls"
WSGI_APPLICATION = "paymenthub.wsgi.application"
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["*"], help="Host names this process answers to; name yours in production.")
SECRET_KEY_FILE = env.text("SECRET_KEY_FILE", help="File that holds Django's SECRET_KEY.")
SECRET_KEY = env.text("SECRET_KEY", help="Signs sessions and return links.", secret=True)
if not SECRET_KEY and SECRET_KEY_FILE:
    SECRET_KEY = Path(SECRET_KEY_FILE).read_text().strip()

INSTALLED_APPS = [
    "backoffice.apps.BackofficeConfig",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_prometheus",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "providers.apps.ProvidersConfig",
    "payments.apps.PaymentsConfig",
    "invoices.apps.InvoicesConfig",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "paymenthub.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "backoffice.headers.BackofficeHeadersMiddleware",
    "payments.api.bff.cors.BrowserOriginsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "backoffice.language.StaffLanguageMiddleware",
    "backoffice.people.gate.StaffGateMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"checkout": "payments.checkout.tags"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("it", "Italiano")]  # of the backoffice; the checkout has texts of its own
TIME_ZONE = "UTC"
USE_TZ = True
APPEND_SLASH = False
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STORAGES = storages(VAR_DIR)
STORAGES["exports"] = exports_storage(STORAGES["invoices"], VAR_DIR)
WHITENOISE_USE_FINDERS = True
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
LOGIN_REDIRECT_URL = "admin:index"  # where a login leads whose `next` is nowhere of ours
CSRF_FAILURE_VIEW = "paymenthub.error_pages.csrf_failure"
