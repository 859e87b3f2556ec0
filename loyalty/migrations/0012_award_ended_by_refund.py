from django.db import migrations, models

from foundation.guards import DropGuards


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0011_limit_of_the_desk"),
    ]

    operations = [
        DropGuards(["loyalty_award"]),
        migrations.AlterField(
            model_name="award",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", ""),
                    ("cancelled", "The visit was cancelled."),
                    ("no_show", "The client did not come."),
                    ("loyalty_off", "The loyalty system was off when the points fell due."),
                    ("given_up", "The points could not be added, and staff gave up on them."),
                    ("anonymised", "The client's data was erased before the points fell due."),
                    ("moved", "The visit was moved to a later time."),
                    ("refunded", "The visit was refunded."),
                    ("joined", "The guest's record joined an account, which gets these points."),
                ],
                max_length=12,
                verbose_name="reason",
            ),
        ),
    ]
