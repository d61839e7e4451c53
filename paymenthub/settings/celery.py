"""Redis protocol: the broker of the workers, and the cache."""

from . import env

REDIS_URL = env.text(
    "REDIS_URL",
    help="redis:// or unix:// URL of the broker and cache; unset: `make up` starts an embedded one.",
    secret=True,
)
_broker = REDIS_URL
if REDIS_URL.startswith("unix://"):
    _broker = "redis+socket://" + REDIS_URL.removeprefix("unix://").replace("?db=", "?virtual_host=")

CELERY_BROKER_URL = _broker
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A PDF costs about 60 kB of native memory for good: a child makes room for a new one before that is much.
CELERY_WORKER_MAX_TASKS_PER_CHILD = env.integer(
    "WORKER_MAX_TASKS_PER_CHILD",
    1000,
    help="Tasks after which a worker's child process is renewed, since PDFs leave native memory behind.",
    minimum=1,
)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a broker that comes back is found again, however long it took
# Above the longest task, so that a task is never given to a second worker while the first one runs it.
# No retries inside kombu: who sends keeps the work in the database, and must not wait for a broker that is away.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 30,
    "socket_connect_timeout": 3,
    "max_retries": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "default"

CACHES = (
    {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            # A cache that hangs must not hold a payment up.
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        }
    }
    if REDIS_URL
    else {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
)
