"""For a developer's machine and the demo: SQLite, mail to files, no other server."""

from loyalty_site.settings.base import *
from loyalty_site.settings.environment import env
from loyalty_site.settings.local_keys import local_keys

DEBUG = env.bool("DEBUG", default=True)
DEMO = env.bool("DEMO", default=True)

_keys = local_keys(DATA_DIR)
SECRET_KEY = SECRET_KEY or _keys["SECRET_KEY"]
FIELD_ENCRYPTION_KEYS = FIELD_ENCRYPTION_KEYS or [_keys["FIELD_ENCRYPTION_KEY"]]
CODE_HASH_PEPPER = CODE_HASH_PEPPER or _keys["CODE_HASH_PEPPER"]

ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]
ACCOUNT_DEFAULT_HTTP_PROTOCOL = BASE_URL.partition(":")[0]

EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.filebased.EmailBackend")
WHITENOISE_USE_FINDERS = True
# A static file edited under a running demo is sent with its new length.
WHITENOISE_AUTOREFRESH = True
