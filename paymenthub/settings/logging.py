"""Logs: JSON lines on standard output, or plain lines for a terminal."""

from . import env

_level = env.text("LOG_LEVEL", "INFO", help="Least level that is logged: DEBUG, INFO, WARNING, ERROR.").upper()
_format = env.text("LOG_FORMAT", "json", help="`json` or `human`.")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "paymenthub.kernel.log.JsonFormatter"},
        "human": {"()": "paymenthub.kernel.log.HumanFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "human" if _format == "human" else "json"}},
    "root": {"handlers": ["console"], "level": _level},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        # httpx logs full URLs at INFO; the transport writes its own redacted line.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        "axes": {"level": "WARNING"},  # the hub writes sign-ins down itself
    },
}
