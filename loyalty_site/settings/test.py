"""For the tests. Nothing is taken from the environment but the names of the test database."""

import os
import tempfile
from pathlib import Path

# The suite must not depend on what a developer's shell happens to hold.
for _name in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "DEFAULT_LANGUAGE"):
    os.environ.pop(_name, None)
os.environ["LOG_LEVEL"] = "WARNING"
_suffix = os.environ.get("TEST_DB_SUFFIX", "")
os.environ["DATA_DIR"] = str(Path(tempfile.gettempdir()) / f"loyalty-tests-{os.getuid()}{_suffix}")

from loyalty_site.settings.base import *  # noqa: E402
from loyalty_site.settings.databases import configured, sqlite_options  # noqa: E402
from loyalty_site.settings.environment import env  # noqa: E402

SECRET_KEY = "only for the tests, and long enough that no check complains about it"  # noqa: S105
FIELD_ENCRYPTION_KEYS = ["dGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtMDE="]
CODE_HASH_PEPPER = "only for the tests"
DEMO = True
CLOCK = "fixed"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
BASE_URL = "http://testserver"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
ACCOUNT_RATE_LIMITS = False

if env.str("TEST_DATABASE_URL", default=""):
    _database = configured(env.db_url("TEST_DATABASE_URL"))
    _database["CONN_MAX_AGE"] = 0
    # What a power cut would do to it is no concern of the tests, here and below.
    _database["OPTIONS"]["options"] += " -c synchronous_commit=off"
    _database["TEST"] = {"NAME": f"test_loyalty{_suffix}"}
else:
    _database = configured({"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"})
    # A file, not memory: threads and child processes open it too (trap 22).
    _database["OPTIONS"] = sqlite_options(synchronous="OFF")
    _database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
DATABASES = {"default": _database}
