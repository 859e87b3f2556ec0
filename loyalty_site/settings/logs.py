"""One line per event, on stderr, with the request's or task's id and without secrets."""

from typing import Any

import structlog

from loyalty_site.masking import mask_secrets
from loyalty_site.settings.environment import env

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT = env.str("LOG_FORMAT", default="console")

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

# Tracebacks are plain text: the rich formatter prints every local variable, and with them
# clients' data and secrets.
_RENDERERS: dict[str, list[Any]] = {
    "json": [
        structlog.processors.format_exc_info,
        mask_secrets,
        structlog.processors.JSONRenderer(),
    ],
    "console": [
        structlog.processors.format_exc_info,
        mask_secrets,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ],
}

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_RENDERERS[LOG_FORMAT],
            ],
            "foreign_pre_chain": _SHARED,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"level": "WARNING", "propagate": True, "handlers": []},
        "django": {"level": "INFO", "propagate": True, "handlers": []},
        "celery": {"level": "INFO"},
        "kombu": {"level": "WARNING"},
    },
}

DJANGO_STRUCTLOG_CELERY_ENABLED = True
