from django.db import migrations, models

from foundation.guards import DropGuards


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0002_point_totals")]

    operations = [
        DropGuards(["loyalty_pointentry", "loyalty_award"]),
        migrations.AddIndex(
            model_name="award",
            index=models.Index(
                condition=models.Q(("state__in", ("dropped", "withdrawn", "quarantined"))),
                fields=["state", "-id"],
                name="award_ended_by_state",
            ),
        ),
        migrations.AddIndex(
            model_name="award",
            index=models.Index(
                condition=models.Q(("reason", ""), _negated=True),
                fields=["reason", "-id"],
                name="award_ended_by_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="pointentry",
            index=models.Index(
                condition=models.Q(("kind", "earn"), _negated=True),
                fields=["account", "kind", "-created_at", "-id"],
                name="point_entry_account_and_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="pointentry",
            index=models.Index(
                condition=models.Q(
                    models.Q(("kind", "earn"), _negated=True), ("service__isnull", False)
                ),
                fields=["service", "kind", "-created_at", "-id"],
                name="point_entry_service_and_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="pointentry",
            index=models.Index(
                condition=models.Q(("reward__isnull", False)),
                fields=["reward", "-created_at", "-id"],
                name="point_entry_by_reward",
            ),
        ),
        migrations.AddIndex(
            model_name="pointentry",
            index=models.Index(
                condition=models.Q(("reward__isnull", False)),
                fields=["reward", "kind", "-created_at", "-id"],
                name="point_entry_reward_and_kind",
            ),
        ),
    ]
