from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0003_joined_guests"),
    ]

    operations = [
        migrations.AddField(
            model_name="client",
            name="allergies",
            field=models.TextField(blank=True, max_length=200, verbose_name="allergies"),
        ),
    ]
