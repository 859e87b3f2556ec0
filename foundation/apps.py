from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FoundationConfig(AppConfig):
    name = "foundation"
    verbose_name = _("Settings")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from foundation.guards import install_after_migrate

        # After every migrate (and after a flush, which sends the same signal): Django
        # rebuilds SQLite tables in place and silently loses their triggers.
        post_migrate.connect(install_after_migrate, dispatch_uid="foundation.install_guards")
