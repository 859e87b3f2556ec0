from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class BackofficeConfig(AppConfig):
    name = "backoffice"
    default = True
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth.models import Group
        from django.db.models.signals import post_migrate
        from django.utils.translation import gettext_lazy as _

        from backoffice.roles import ensure_roles_after_migrate

        # Django's groups are our roles; its migrations do not look at these two.
        Group._meta.verbose_name = _("role")
        Group._meta.verbose_name_plural = _("roles")

        post_migrate.connect(ensure_roles_after_migrate, dispatch_uid="backoffice.ensure_roles")


class PanelConfig(AdminConfig):
    """The admin site of the project in place of Django's and Unfold's own."""

    default_site = "backoffice.site.PanelSite"
