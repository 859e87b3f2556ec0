import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0002_add_ons_and_resources"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalProduct",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("name_en", models.CharField(max_length=100, verbose_name="name")),
                ("name_da", models.CharField(blank=True, max_length=100, verbose_name="name")),
                ("name_fi", models.CharField(blank=True, max_length=100, verbose_name="name")),
                (
                    "barcode",
                    models.CharField(
                        blank=True,
                        help_text="As the scanner reads it.",
                        max_length=32,
                        verbose_name="barcode (optional)",
                    ),
                ),
                ("price_minor", models.PositiveBigIntegerField(default=0, verbose_name="price")),
                (
                    "vat_hundredths",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Empty: as the business says.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(10000)],
                        verbose_name="VAT in per cent",
                    ),
                ),
                (
                    "stock",
                    models.IntegerField(
                        blank=True,
                        help_text="Empty: not counted.",
                        null=True,
                        verbose_name="pieces in stock",
                    ),
                ),
                (
                    "warn_below",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="warn below this many pieces"
                    ),
                ),
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
                "verbose_name": "historical product",
                "verbose_name_plural": "historical products",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name_en", models.CharField(max_length=100, verbose_name="name")),
                ("name_da", models.CharField(blank=True, max_length=100, verbose_name="name")),
                ("name_fi", models.CharField(blank=True, max_length=100, verbose_name="name")),
                (
                    "barcode",
                    models.CharField(
                        blank=True,
                        help_text="As the scanner reads it.",
                        max_length=32,
                        verbose_name="barcode (optional)",
                    ),
                ),
                ("price_minor", models.PositiveBigIntegerField(default=0, verbose_name="price")),
                (
                    "vat_hundredths",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Empty: as the business says.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(10000)],
                        verbose_name="VAT in per cent",
                    ),
                ),
                (
                    "stock",
                    models.IntegerField(
                        blank=True,
                        help_text="Empty: not counted.",
                        null=True,
                        verbose_name="pieces in stock",
                    ),
                ),
                (
                    "warn_below",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="warn below this many pieces"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "archived_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="archived"
                    ),
                ),
            ],
            options={
                "verbose_name": "product",
                "verbose_name_plural": "products",
                "ordering": ("position", "id"),
            },
        ),
        migrations.AddField(
            model_name="historicalservice",
            name="vat_hundredths",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty: as the business says.",
                null=True,
                validators=[django.core.validators.MaxValueValidator(10000)],
                verbose_name="VAT in per cent",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="vat_hundredths",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty: as the business says.",
                null=True,
                validators=[django.core.validators.MaxValueValidator(10000)],
                verbose_name="VAT in per cent",
            ),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("vat_hundredths__isnull", True),
                    ("vat_hundredths__lte", 10000),
                    _connector="OR",
                ),
                name="service_vat_sane",
            ),
        ),
        migrations.AddField(
            model_name="historicalproduct",
            name="history_user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("vat_hundredths__isnull", True),
                    ("vat_hundredths__lte", 10000),
                    _connector="OR",
                ),
                name="product_vat_sane",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.UniqueConstraint(
                condition=models.Q(("barcode", ""), _negated=True),
                fields=("barcode",),
                name="product_barcode_once",
            ),
        ),
    ]
