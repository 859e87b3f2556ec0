"""The task queue's application: what `celery -A loyalty_site` starts."""

import os
from typing import Any

from celery import Celery, signals
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings.development")

TRANSPORT_ALIASES["spool"] = "loyalty_site.spool:Transport"

app = Celery("loyalty_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@signals.setup_logging.connect
def use_the_project_s_logging(**kwargs: Any) -> None:
    """Without a listener Celery would install its own handlers, which mask nothing."""
    from logging.config import dictConfig

    from django.conf import settings

    dictConfig(settings.LOGGING)


@signals.worker_init.connect
@signals.beat_init.connect
def refuse_without_guards(**kwargs: Any) -> None:
    from loyalty_site.start_up import refuse_unless_ready

    refuse_unless_ready()


@signals.worker_ready.connect
def catch_up(**kwargs: Any) -> None:
    """After a standstill the work waits in the database: do not let it wait for beat as well."""
    for name in (
        "loyalty.tasks.credit_due_awards",
        "notifications.tasks.send_due_messages",
        "reports.tasks.write_exports",
    ):
        app.send_task(name, expires=60)
