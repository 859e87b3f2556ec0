"""What every way of running shares. Times are seconds unless a name says otherwise."""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from loyalty_site.settings.accounts import *
from loyalty_site.settings.databases import default_database
from loyalty_site.settings.environment import BASE_DIR, data_dir, env
from loyalty_site.settings.logs import *
from loyalty_site.settings.panel import *
from loyalty_site.settings.security import *
from loyalty_site.settings.tasks import *

DATA_DIR = data_dir()
DATA_DIR.mkdir(parents=True, exist_ok=True)

SECRET_KEY = env.str("SECRET_KEY", default="")
# Retired keys that still read old signatures (F54).
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Fernet keys, the newest first; older ones stay readable.
FIELD_ENCRYPTION_KEYS = env.list("FIELD_ENCRYPTION_KEYS", default=[])
CODE_HASH_PEPPER = env.str("CODE_HASH_PEPPER", default="")

DEBUG = False
# True where the demo data and instants later than now are allowed.
DEMO = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
# Links in mail are built from this, never from the Host header (T19).
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    # Without its own admin site: ours stands in for it (backoffice/site.py).
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.simple_history",
    # The admin app with our own site in place of Django's.
    "backoffice.apps.PanelConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    # The form templates, so that ours in templates/ may stand in for them.
    "django.forms",
    "allauth",
    "allauth.account",
    "django_htmx",
    "crispy_forms",
    "crispy_bootstrap5",
    "phonenumber_field",
    "simple_history",
    "csp",
    "django_structlog",
    "foundation",
    "ledger",
    "business",
    "clients",
    "catalogue",
    "notifications",
    "bookings",
    "giftcards",
    "loyalty",
    "sales",
    "website",
    "reports",
    "backoffice.apps.BackofficeConfig",
    "loyalty_site",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "loyalty_site.admin_csp.AdminPolicyMiddleware",
    "loyalty_site.headers.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "loyalty_site.staff_sessions.StaffSessionMiddleware",
    "loyalty_site.staff_language.StaffLanguageMiddleware",
    "website.login_switch.LoginSwitchMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "website.refusals.RefusalsMiddleware",
    "loyalty_site.panel_refusals.PanelRefusalsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "loyalty_site.urls"
WSGI_APPLICATION = "loyalty_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "website.context.site",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["bootstrap5", "unfold_crispy"]
CRISPY_TEMPLATE_PACK = "bootstrap5"

DATABASES = {"default": default_database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
_ON_POSTGRES = DATABASES["default"]["ENGINE"].endswith("postgresql")
# The database's own clock where several hosts share one (F06).
CLOCK = "database" if _ON_POSTGRES else "system"

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": {
        "BACKEND": "loyalty_site.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
    if REDIS_URL
    # Shared by all processes, so that a limit holds for all of them together (T23).
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "loyalty_site_cache",
    }
}

SESSION_ENGINE = "loyalty_site.sessions"

LANGUAGE_CODE = env.str("DEFAULT_LANGUAGE", default="en")
LANGUAGES = [("en", _("English")), ("da", _("Danish")), ("fi", _("Finnish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "loyalty_site.formats"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(DATA_DIR / "static"))
# WhiteNoise warns about a folder that is not there before collectstatic has run.
Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]

# Exported files, until they expire: one folder that web and worker share.
EXPORT_DIR = env.str("EXPORT_DIR", default=str(DATA_DIR / "exports"))

EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=False)
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="salon@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

PHONENUMBER_DEFAULT_FORMAT = "INTERNATIONAL"
PHONENUMBER_DB_FORMAT = "E164"
PHONENUMBER_DEFAULT_REGION = "DK"
