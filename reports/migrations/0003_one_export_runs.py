from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0002_running_exports_wait_again"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="exportjob",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "running")),
                fields=("state",),
                name="export_job_one_running",
            ),
        ),
    ]
