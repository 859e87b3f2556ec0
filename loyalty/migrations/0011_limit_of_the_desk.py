"""The front desk's limit moves from the business to its role.

Only where there is a business already: in a new house ``backoffice.roles`` makes the rows.
"""

from typing import Any

from django.db import migrations

ROLE = "Front desk"


def take_over(apps: Any, schema_editor: Any) -> None:
    business = apps.get_model("business", "Business").objects.filter(pk=1).first()
    if business is None:
        return
    role, _made = apps.get_model("auth", "Group").objects.get_or_create(name=ROLE)
    apps.get_model("loyalty", "CorrectionLimit").objects.get_or_create(
        role=role, defaults={"per_entry": business.desk_adjust_limit}
    )


def give_back(apps: Any, schema_editor: Any) -> None:
    limits = apps.get_model("loyalty", "CorrectionLimit").objects
    limit = limits.filter(role__name=ROLE, per_entry__isnull=False).first()
    if limit is not None:
        rows = apps.get_model("business", "Business").objects.filter(pk=1)
        rows.update(desk_adjust_limit=limit.per_entry)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("business", "0003_rewards_and_vat"),
        ("loyalty", "0010_correction_limits_and_requests"),
    ]

    operations = [migrations.RunPython(take_over, give_back)]
