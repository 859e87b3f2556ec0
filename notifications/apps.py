from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Messages")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from notifications import account_kinds, audit, previews  # noqa: F401 (audit registers)

        account_kinds.register_kinds()
        previews.register_kinds()
