import django.db.models.deletion
from django.db import migrations, models

from foundation.guards import DropGuards


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0005_cancelled_sessions_are_empty"),
        ("catalogue", "0002_add_ons_and_resources"),
        ("loyalty", "0006_award_ended_by_joining"),
    ]

    operations = [
        DropGuards(["loyalty_award", "loyalty_pointentry"]),
        migrations.RemoveIndex(
            model_name="award",
            name="award_by_account",
        ),
        migrations.AlterField(
            model_name="pointentry",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="loyalty.pointaccount",
            ),
        ),
        migrations.AlterField(
            model_name="pointentry",
            name="reward",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="loyalty.reward",
            ),
        ),
        migrations.AlterField(
            model_name="pointentry",
            name="service",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogue.service",
            ),
        ),
        migrations.AddIndex(
            model_name="award",
            index=models.Index(
                condition=models.Q(("state", "promised")),
                fields=["account", "due_at", "id"],
                name="award_promised_by_account",
            ),
        ),
    ]
