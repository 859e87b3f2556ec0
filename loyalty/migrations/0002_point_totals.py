from django.db import migrations, models

KINDS = [
    ("earn", "Earned"),
    ("spend", "Spent"),
    ("return", "Returned"),
    ("adjust", "Adjusted"),
    ("withdraw", "Taken back"),
    ("expire", "Expired"),
    ("transfer", "Moved"),
]


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="PointTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("kind", models.CharField(choices=KINDS, max_length=10)),
                ("entries", models.PositiveIntegerField()),
                ("points", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("day", "kind"), name="point_total_one")
                ]
            },
        )
    ]
