import django.db.models.deletion
import django.db.models.expressions
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from foundation.guards import DropGuards


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0007_by_points"),
        ("catalogue", "0003_products"),
        ("clients", "0005_loyalty_card_number"),
        ("giftcards", "0001_initial"),
        ("loyalty", "0009_rewards_of_services_and_products"),
        ("sales", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        DropGuards(["sales_payment", "sales_saleline"]),
        migrations.CreateModel(
            name="HistoricalOwnTender",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(db_index=True, max_length=40, verbose_name="name")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "archived_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="archived"
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
            ],
            options={
                "verbose_name": "historical way to pay",
                "verbose_name_plural": "historical ways to pay",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="OwnTender",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, unique=True, verbose_name="name")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "archived_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="archived"
                    ),
                ),
            ],
            options={
                "verbose_name": "way to pay",
                "verbose_name_plural": "ways to pay",
                "ordering": ("position", "id"),
            },
        ),
        migrations.AlterModelOptions(
            name="sale",
            options={
                "permissions": [
                    ("check_out", "Can take money at the till"),
                    ("give_discounts", "Can lower prices at the till"),
                    ("refund_todays_sales", "Can refund what was sold today"),
                    ("refund_sales", "Can refund any sale"),
                ],
                "verbose_name": "sale",
                "verbose_name_plural": "sales",
            },
        ),
        migrations.RemoveConstraint(
            model_name="payment",
            name="payment_by_card_has_entry",
        ),
        migrations.RemoveConstraint(
            model_name="saleline",
            name="sale_line_of_one_thing",
        ),
        migrations.AddField(
            model_name="payment",
            name="given_minor",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="sale",
            name="completed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sale",
            name="number",
            field=models.PositiveBigIntegerField(
                null=True, unique=True, verbose_name="receipt number"
            ),
        ),
        migrations.AddField(
            model_name="saleline",
            name="discount_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="saleline",
            name="discount_reason",
            field=models.CharField(blank=True, db_default="", max_length=120),
        ),
        migrations.AddField(
            model_name="saleline",
            name="gift_card_type",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="giftcards.giftcardtype",
            ),
        ),
        migrations.AddField(
            model_name="saleline",
            name="name_da",
            field=models.CharField(blank=True, db_default="", max_length=100),
        ),
        migrations.AddField(
            model_name="saleline",
            name="name_en",
            field=models.CharField(blank=True, db_default="", max_length=100),
        ),
        migrations.AddField(
            model_name="saleline",
            name="name_fi",
            field=models.CharField(blank=True, db_default="", max_length=100),
        ),
        migrations.AddField(
            model_name="saleline",
            name="product",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogue.product",
            ),
        ),
        migrations.AddField(
            model_name="saleline",
            name="provider",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogue.provider",
            ),
        ),
        migrations.AddField(
            model_name="saleline",
            name="quantity",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="saleline",
            name="refunded_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="saleline",
            name="reward",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="loyalty.reward",
            ),
        ),
        migrations.AddField(
            model_name="saleline",
            name="reward_points",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="saleline",
            name="service",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogue.service",
            ),
        ),
        migrations.AddField(
            model_name="saleline",
            name="unit_minor",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="saleline",
            name="vat_hundredths",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="payment",
            name="tender",
            field=models.CharField(
                choices=[
                    ("gift_card", "gift card"),
                    ("cash", "cash"),
                    ("card", "card"),
                    ("own", "another way"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="saleline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("booking", "booking"),
                    ("service", "service"),
                    ("product", "product"),
                    ("gift_card", "gift card"),
                    ("tip", "tip"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="sale",
            index=models.Index(
                condition=models.Q(("state", "completed")),
                fields=["-completed_at", "-id"],
                name="sale_completed_newest",
            ),
        ),
        migrations.AddConstraint(
            model_name="sale",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "completed"), _negated=True),
                    models.Q(
                        ("completed_at__isnull", False), ("paid_minor", models.F("total_minor"))
                    ),
                    _connector="OR",
                ),
                name="sale_completed_is_paid",
            ),
        ),
        migrations.AddConstraint(
            model_name="saleline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "booking"),
                        ("booking__isnull", False),
                        ("gift_card__isnull", True),
                        ("gift_card_type__isnull", True),
                        ("product__isnull", True),
                        ("service__isnull", True),
                    ),
                    models.Q(
                        ("kind", "service"),
                        ("booking__isnull", True),
                        ("gift_card__isnull", True),
                        ("gift_card_type__isnull", True),
                        ("product__isnull", True),
                        ("service__isnull", False),
                    ),
                    models.Q(
                        ("kind", "product"),
                        ("booking__isnull", True),
                        ("gift_card__isnull", True),
                        ("gift_card_type__isnull", True),
                        ("product__isnull", False),
                        ("service__isnull", True),
                    ),
                    models.Q(
                        ("kind", "tip"),
                        ("booking__isnull", True),
                        ("gift_card__isnull", True),
                        ("gift_card_type__isnull", True),
                        ("product__isnull", True),
                        ("service__isnull", True),
                    ),
                    models.Q(
                        ("kind", "gift_card"),
                        models.Q(
                            models.Q(
                                ("booking__isnull", True),
                                ("gift_card__isnull", True),
                                ("gift_card_type__isnull", False),
                                ("product__isnull", True),
                                ("service__isnull", True),
                            ),
                            models.Q(
                                ("booking__isnull", True),
                                ("gift_card__isnull", False),
                                ("gift_card_type__isnull", False),
                                ("product__isnull", True),
                                ("service__isnull", True),
                            ),
                            models.Q(
                                ("booking__isnull", True),
                                ("gift_card__isnull", False),
                                ("gift_card_type__isnull", True),
                                ("product__isnull", True),
                                ("service__isnull", True),
                            ),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="sale_line_of_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="saleline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("unit_minor__isnull", True),
                    models.Q(
                        (
                            "amount_minor",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("unit_minor"), "*", models.F("quantity")
                                ),
                                "-",
                                models.F("discount_minor"),
                            ),
                        ),
                        ("unit_minor__gte", 0),
                    ),
                    _connector="OR",
                ),
                name="sale_line_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="saleline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__range", (1, 999))), name="sale_line_quantity_sane"
            ),
        ),
        migrations.AddConstraint(
            model_name="saleline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("discount_minor", 0),
                    models.Q(
                        ("discount_minor__gt", 0), models.Q(("discount_reason", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="sale_line_discount_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="saleline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reward__isnull", True), ("reward_points__isnull", True)),
                    models.Q(
                        ("amount_minor", 0),
                        ("quantity", 1),
                        ("reward__isnull", False),
                        ("reward_points__gte", 1),
                    ),
                    _connector="OR",
                ),
                name="sale_line_reward_is_free",
            ),
        ),
        migrations.AddConstraint(
            model_name="saleline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("vat_hundredths__isnull", True),
                    ("vat_hundredths__lte", 10000),
                    _connector="OR",
                ),
                name="sale_line_vat_sane",
            ),
        ),
        migrations.AddField(
            model_name="historicalowntender",
            name="history_user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="own_tender",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="sales.owntender",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("card_entry__isnull", False), ("tender", "gift_card")),
                    models.Q(
                        models.Q(("tender", "gift_card"), _negated=True),
                        ("card_entry__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="payment_by_card_has_entry",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("own_tender__isnull", False), ("tender", "own")),
                    models.Q(
                        models.Q(("tender", "own"), _negated=True), ("own_tender__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="payment_own_has_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("given_minor__isnull", True),
                    models.Q(("given_minor__gte", models.F("amount_minor")), ("tender", "cash")),
                    _connector="OR",
                ),
                name="payment_given_suffices",
            ),
        ),
    ]
