from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.management import call_command
from django.db.models.signals import post_migrate


def make_cache_table(*, using: str, verbosity: int = 1, **kwargs: Any) -> None:
    """The cache table belongs to no model: without this, the first rate limit would be a 500."""
    if settings.CACHES["default"]["BACKEND"].endswith(".DatabaseCache"):
        call_command("createcachetable", database=using, verbosity=max(verbosity - 1, 0))


class LoyaltySiteConfig(AppConfig):
    name = "loyalty_site"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The signal is sent for apps with models only, and this one has none.
        post_migrate.connect(
            make_cache_table,
            sender=apps.get_app_config("foundation"),
            dispatch_uid="loyalty_site.make_cache_table",
        )
