"""Mails: the server, the senders, how long they are tried and kept."""

import json

from django.core.exceptions import ImproperlyConfigured

from . import env

EMAIL_BACKEND = env.text(
    "EMAIL_BACKEND",
    "payments.notifications.smtp.EmailBackend",
    help="How mails leave: SMTP, or a backend of django-anymail such as `anymail.backends.postmark.EmailBackend`.",
)
EMAIL_HOST = env.text("EMAIL_HOST", help="The SMTP server. Unset, with the SMTP backend: no mails.")
EMAIL_PORT = env.integer("EMAIL_PORT", 587, minimum=1, maximum=65535, help="Port of the SMTP server.")
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", help="User at the SMTP server; unset: no login.")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", help="Password at the SMTP server.", secret=True)
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", True, help="Whether SMTP goes on with STARTTLS.")
EMAIL_USE_SSL = env.boolean("EMAIL_USE_SSL", False, help="Whether SMTP begins with TLS (port 465); not with STARTTLS.")
if EMAIL_USE_SSL:
    EMAIL_USE_TLS = False
EMAIL_TIMEOUT = env.number("EMAIL_TIMEOUT", 20.0, help="Seconds to wait for the mail server at each step.")
_anymail = env.text(
    "ANYMAIL_SETTINGS", help='django-anymail\'s settings as JSON: {"POSTMARK_SERVER_TOKEN": "…"}.', secret=True
)
try:
    ANYMAIL = json.loads(_anymail) if _anymail else {}
except ValueError:
    raise ImproperlyConfigured(
        'ANYMAIL_SETTINGS must be a JSON object, such as {"POSTMARK_SERVER_TOKEN": "…"}.'
    ) from None
ANYMAIL = {"REQUESTS_TIMEOUT": EMAIL_TIMEOUT, **ANYMAIL}

EMAIL_FROM = env.text(
    "EMAIL_FROM", help="Sender of mails of projects that name none: `Shop <pay@shop.example>`. Unset: those send none."
)
MAIL_SENDER_DOMAINS = env.words(
    "MAIL_SENDER_DOMAINS",
    [],
    help="Domains that `/send` may send from, beside that of EMAIL_FROM and the project's own.",
)
MAIL_STAFF_TO = env.words(
    "MAIL_STAFF_TO", [], help="Who is told of what waits for a person, for projects that name nobody."
)
MAIL_STAFF_PER_HOUR = env.integer(
    "MAIL_STAFF_PER_HOUR", 20, minimum=1, help="Mails to staff per project and kind in an hour; more are only recorded."
)
MAIL_LANGUAGE = env.text(
    "MAIL_LANGUAGE", "en", help="Language of mails where neither payment nor project names one: en, it, de, fr, es."
)
MAIL_MESSAGE_ID_HOST = env.text(
    "MAIL_MESSAGE_ID_HOST", help="Right side of Message-IDs; unset: the host of HUB_PUBLIC_URL. Keep it as it is."
)
MAIL_RETRY_FOR = env.integer(
    "MAIL_RETRY_FOR", 86400, minimum=60, help="Seconds during which a failed mail is tried again."
)
MAIL_ATTACHMENT_WAIT = env.integer(
    "MAIL_ATTACHMENT_WAIT",
    300,
    help="Seconds that a mail waits for its attachment, such as an invoice; then it goes without.",
)
MAIL_KEPT_DAYS = env.integer(
    "MAIL_KEPT_DAYS",
    30,
    minimum=1,
    help="Days for which the sealed content of the hub's own mails is kept after sending.",
)
MAIL_API_KEPT_HOURS = env.integer(
    "MAIL_API_KEPT_HOURS",
    72,
    minimum=1,
    help="Hours for which the sealed content of mails given to `/send` is kept after sending.",
)
MAIL_MAX_BYTES = env.integer(
    "MAIL_MAX_BYTES", 5_242_880, minimum=65_536, help="Largest request to `/send`, attachments included."
)
MAIL_RATE_LIMIT = env.text(
    "MAIL_RATE_LIMIT", "120/min", help="Requests to `/send` per API key; written as API_RATE_LIMIT."
)
MAIL_FAILED_EVENT = env.text(
    "MAIL_FAILED_EVENT",
    "notificationFailed",
    help="The event that an outside Flow Manager is told where a mail of `/saga/send` could not be sent.",
)
EMAIL_DISABLED_PROVIDERS = env.words(
    "EMAIL_DISABLED_PROVIDERS",
    [],
    help="Provider codes for whose payments customers get no mail: the provider sends its own.",
)
SUBSCRIPTION_REMINDER_DAYS = env.integer(
    "SUBSCRIPTION_REMINDER_DAYS",
    7,
    minimum=0,
    maximum=60,
    help="Days before a renewal by this hub on which its customer is told by mail; 0: never. What renews more often than "
    "every second reminder would come is left out.",
)
