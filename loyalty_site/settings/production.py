"""For real clients, behind a proxy that speaks https. Refuses to start when unsafe."""

from django.core.exceptions import ImproperlyConfigured

from loyalty_site.settings.base import *
from loyalty_site.settings.environment import env
from loyalty_site.settings.safety import refusals

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)

# Behind a proxy the scheme is in a header; without one the header is the visitor's own word.
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
# The machine that watches asks from inside.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 60 * 60)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True

SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
LANGUAGE_COOKIE_SECURE = True
LANGUAGE_COOKIE_NAME = "__Host-language"

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

_refusals = refusals(globals(), single_machine=env.bool("SINGLE_MACHINE", default=False))
if _refusals:
    raise ImproperlyConfigured(
        "These settings are unsafe for production:\n- " + "\n- ".join(_refusals)
    )
