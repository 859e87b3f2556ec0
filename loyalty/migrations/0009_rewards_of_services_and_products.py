import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0003_products"),
        ("giftcards", "0001_initial"),
        ("loyalty", "0008_kinds_of_an_account"),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalreward",
            name="first_day",
            field=models.DateField(blank=True, null=True, verbose_name="from (optional)"),
        ),
        migrations.AddField(
            model_name="historicalreward",
            name="first_time_only",
            field=models.BooleanField(
                default=False,
                help_text="For clients who have never had it.",
                verbose_name="first time only",
            ),
        ),
        migrations.AddField(
            model_name="historicalreward",
            name="last_day",
            field=models.DateField(blank=True, null=True, verbose_name="until (optional)"),
        ),
        migrations.AddField(
            model_name="historicalreward",
            name="online",
            field=models.BooleanField(
                default=False,
                help_text="Off: it is given at the desk only.",
                verbose_name="clients can book it on the website",
            ),
        ),
        migrations.AddField(
            model_name="historicalreward",
            name="product",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="catalogue.product",
                verbose_name="product",
            ),
        ),
        migrations.AddField(
            model_name="historicalreward",
            name="service",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="catalogue.service",
                verbose_name="service",
            ),
        ),
        migrations.AddField(
            model_name="historicalreward",
            name="weekdays",
            field=models.PositiveSmallIntegerField(default=127, verbose_name="on these weekdays"),
        ),
        migrations.AddField(
            model_name="reward",
            name="first_day",
            field=models.DateField(blank=True, null=True, verbose_name="from (optional)"),
        ),
        migrations.AddField(
            model_name="reward",
            name="first_time_only",
            field=models.BooleanField(
                default=False,
                help_text="For clients who have never had it.",
                verbose_name="first time only",
            ),
        ),
        migrations.AddField(
            model_name="reward",
            name="last_day",
            field=models.DateField(blank=True, null=True, verbose_name="until (optional)"),
        ),
        migrations.AddField(
            model_name="reward",
            name="online",
            field=models.BooleanField(
                default=False,
                help_text="Off: it is given at the desk only.",
                verbose_name="clients can book it on the website",
            ),
        ),
        migrations.AddField(
            model_name="reward",
            name="product",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reward",
                to="catalogue.product",
                verbose_name="product",
            ),
        ),
        migrations.AddField(
            model_name="reward",
            name="providers",
            field=models.ManyToManyField(
                blank=True,
                help_text="None chosen: with anybody.",
                related_name="rewards",
                to="catalogue.provider",
                verbose_name="with these people",
            ),
        ),
        migrations.AddField(
            model_name="reward",
            name="service",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reward",
                to="catalogue.service",
                verbose_name="service",
            ),
        ),
        migrations.AddField(
            model_name="reward",
            name="weekdays",
            field=models.PositiveSmallIntegerField(default=127, verbose_name="on these weekdays"),
        ),
        migrations.AlterField(
            model_name="reward",
            name="gift_card_type",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reward",
                to="giftcards.giftcardtype",
                verbose_name="gift card type",
            ),
        ),
        migrations.AddConstraint(
            model_name="reward",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("gift_card_type__isnull", False),
                        ("product__isnull", True),
                        ("service__isnull", True),
                    ),
                    models.Q(
                        ("gift_card_type__isnull", True),
                        ("product__isnull", True),
                        ("service__isnull", False),
                    ),
                    models.Q(
                        ("gift_card_type__isnull", True),
                        ("product__isnull", False),
                        ("service__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="reward_of_one_item",
            ),
        ),
        migrations.AddConstraint(
            model_name="reward",
            constraint=models.CheckConstraint(
                condition=models.Q(("weekdays__range", (1, 127))), name="reward_has_weekdays"
            ),
        ),
        migrations.AddConstraint(
            model_name="reward",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("first_day__isnull", True),
                    ("last_day__isnull", True),
                    ("last_day__gte", models.F("first_day")),
                    _connector="OR",
                ),
                name="reward_days_in_order",
            ),
        ),
    ]
