"""The limit of corrections by hand is each role's now (``loyalty.CorrectionLimit``)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("business", "0003_rewards_and_vat"),
        ("loyalty", "0011_limit_of_the_desk"),
    ]

    operations = [
        migrations.RemoveField(model_name="business", name="desk_adjust_limit"),
        migrations.RemoveField(model_name="historicalbusiness", name="desk_adjust_limit"),
    ]
