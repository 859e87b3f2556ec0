from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                condition=models.Q(("status__in", ("arrived", "started", "cancelled", "no_show"))),
                fields=["status", "-starts_at", "-id"],
                name="booking_by_rare_status",
            ),
        ),
    ]
