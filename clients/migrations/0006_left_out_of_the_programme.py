import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0005_loyalty_card_number"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="client",
            options={
                "permissions": [
                    ("leave_out_of_loyalty", "Can leave a client out of the loyalty programme"),
                    ("merge_clients", "Can merge two records of one client"),
                ],
                "verbose_name": "client",
                "verbose_name_plural": "clients",
            },
        ),
        migrations.AddField(
            model_name="client",
            name="left_out_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="left out"),
        ),
        migrations.AddField(
            model_name="client",
            name="left_out_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="client",
            name="left_out_reason",
            field=models.CharField(
                blank=True, editable=False, max_length=200, verbose_name="reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="client",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("left_out_at__isnull", True), ("left_out_reason", "")),
                    models.Q(
                        ("left_out_at__isnull", False),
                        models.Q(("left_out_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="client_left_out_has_reason",
            ),
        ),
    ]
