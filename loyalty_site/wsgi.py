"""The web application, for gunicorn: `loyalty_site.wsgi:application`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings.development")
# Decides which time-outs the database connections get (settings/databases.py).
os.environ.setdefault("PROCESS_ROLE", "web")

from django.core.wsgi import get_wsgi_application

application: "WsgiApplication" = get_wsgi_application()

from django.db import connection  # noqa: E402

from loyalty_site.embedded import WsgiApplication, one_request_at_a_time  # noqa: E402
from loyalty_site.start_up import refuse_unless_ready  # noqa: E402

refuse_unless_ready()

if connection.vendor == "sqlite":
    application = one_request_at_a_time(application)
