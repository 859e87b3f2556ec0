from django.db import migrations, models

from foundation.guards import DropGuards


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0005_cancelled_sessions_are_empty"),
    ]

    operations = [
        DropGuards(["bookings_bookingchange"]),
        migrations.AddField(
            model_name="bookingchange",
            name="reason",
            field=models.TextField(blank=True, default="", max_length=500),
        ),
    ]
