"""Who comes into the backoffice: sign-in, lockout, second factor, sessions, and how long it is kept who looked."""

import datetime as dt

from . import env

STAFF_TWO_FACTOR = env.choice(
    "STAFF_TWO_FACTOR",
    "roles",
    allowed=("roles", "all"),
    help="Who has to set up a second factor: those whose `roles` ask for it, or `all` members of staff.",
)
STAFF_SESSION_HOURS = env.integer(
    "STAFF_SESSION_HOURS", 12, minimum=1, maximum=24 * 14, help="Hours after which a member of staff signs in again."
)
STAFF_SIGN_IN_TRIES = env.integer(
    "STAFF_SIGN_IN_TRIES", 5, minimum=2, maximum=100, help="Wrong passwords for one name from one address until a lock."
)
STAFF_SIGN_IN_LOCK = env.integer(
    "STAFF_SIGN_IN_LOCK", 900, minimum=60, maximum=86_400, help="Seconds that such a lock holds."
)
STAFF_SIGN_IN_RATE_PER_IP = env.text(
    "STAFF_SIGN_IN_RATE_PER_IP",
    "60/min",
    help="Sign-ins one address may try, whatever the names: a number / sec, min, hour or day; `off`: no limit.",
)
ACCESS_RECORDS_KEPT_DAYS = env.integer(
    "ACCESS_RECORDS_KEPT_DAYS",
    365,
    minimum=30,
    maximum=3660,
    help="Days that sign-ins and views of personal data are kept; the audit trail of changes stays for good.",
)

SESSION_COOKIE_AGE = STAFF_SESSION_HOURS * 3600
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]

AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # the hub's own access records hold it, append-only
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = STAFF_SIGN_IN_TRIES
AXES_COOLOFF_TIME = dt.timedelta(seconds=STAFF_SIGN_IN_LOCK)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "backoffice.requests.address_of"
AXES_LOCKOUT_CALLABLE = "backoffice.people.lockout.locked_page"
AXES_HTTP_RESPONSE_CODE = 429

OTP_TOTP_ISSUER = "PaymentHub"
