"""The top floor: settings, addresses, the task queue, commands that need the whole house."""

from loyalty_site.celery import app as celery_app

__all__ = ["celery_app"]
