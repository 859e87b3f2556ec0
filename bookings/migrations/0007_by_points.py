from django.db import migrations, models

from foundation.guards import DropGuards


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0006_reasons_of_cancellations"),
    ]

    operations = [
        DropGuards(["bookings_booking"]),
        migrations.AddField(
            model_name="booking",
            name="by_points",
            field=models.BooleanField(default=False),
        ),
    ]
