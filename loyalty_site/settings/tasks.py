"""Celery. A task is a nudge: what there is to do lies in the database, so a lost one costs
minutes and a doubled one nothing."""

from celery.schedules import crontab

from loyalty_site.settings.environment import data_dir, env

CELERY_BROKER_URL = env.str(
    "CELERY_BROKER_URL", default=env.str("REDIS_URL", default="") or "spool://localhost/"
)

if CELERY_BROKER_URL.startswith("spool:"):
    _spool = data_dir() / "spool"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_spool / "messages"),
        "data_folder_out": str(_spool / "messages"),
        "control_folder": str(_spool / "control"),
        "processed_folder": str(_spool / "taken"),
        "store_processed": False,
        "polling_interval": 0.5,
    }
else:
    # No request waits for a broker that is gone or hangs (F11): beat nudges again anyway.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_timeout": 5,
        "socket_connect_timeout": 1,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.1,
    }

CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Beat notes every nudge at once: its file's age is how its health is seen.
CELERY_BEAT_SYNC_EVERY = 1
CELERY_BEAT_SCHEDULER = "loyalty_site.beat:SteadyScheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(data_dir() / "beat-schedule")

# Each nudge expires before the next is due: a worker that comes back after days finds one, not
# hundreds (trap 24). Crontab hours are UTC, where no hour is skipped or doubled (F08).
CELERY_BEAT_SCHEDULE = {
    "credit due awards": {
        "task": "loyalty.tasks.credit_due_awards",
        "schedule": 300.0,
        "options": {"expires": 240},
    },
    "send due messages": {
        "task": "notifications.tasks.send_due_messages",
        "schedule": 30.0,
        "options": {"expires": 25},
    },
    "write exports": {
        "task": "reports.tasks.write_exports",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "queue reminders": {
        "task": "sales.tasks.queue_reminders",
        "schedule": 300.0,
        "options": {"expires": 240},
    },
    "gather points of joined records": {
        "task": "loyalty.tasks.gather_points",
        "schedule": 300.0,
        "options": {"expires": 240},
    },
    "serve waiting lists": {
        "task": "sales.tasks.serve_waiting_lists",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "create class sessions ahead": {
        "task": "bookings.tasks.create_sessions_ahead",
        "schedule": crontab(minute="7"),
        "options": {"expires": 50 * 60},
    },
    "forget old waiting places": {
        "task": "bookings.tasks.forget_old_waiting_places",
        "schedule": crontab(hour="2", minute="10"),
        "options": {"expires": 12 * 60 * 60},
    },
    "forget old holds": {
        "task": "bookings.tasks.forget_old_holds",
        "schedule": crontab(minute="17"),
        "options": {"expires": 50 * 60},
    },
    "keep house": {
        "task": "foundation.tasks.keep_house",
        "schedule": crontab(hour="1", minute="40"),
        "options": {"expires": 12 * 60 * 60},
    },
    "total days of points": {
        "task": "loyalty.tasks.total_days",
        "schedule": crontab(hour="3", minute="10"),
        "options": {"expires": 12 * 60 * 60},
    },
    "forget old account mail": {
        "task": "notifications.tasks.forget_old_account_mail",
        "schedule": crontab(hour="1", minute="50"),
        "options": {"expires": 12 * 60 * 60},
    },
    "clean history": {
        "task": "sales.tasks.clean_history",
        "schedule": crontab(hour="2", minute="30"),
        "options": {"expires": 12 * 60 * 60},
    },
}

# The health page is red when the last sweep is older than this many seconds: three were missed.
SWEEP_LATE_AFTER = 15 * 60
