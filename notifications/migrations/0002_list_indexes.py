from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state__in", ("dropped", "failed"))),
                fields=["state", "-created_at", "-id"],
                name="message_unsent",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("reason", ""), _negated=True),
                fields=["reason", "-created_at", "-id"],
                name="message_by_reason",
            ),
        ),
    ]
