import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AddOn",
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
                    "minutes",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(240)],
                        verbose_name="minutes more",
                    ),
                ),
                ("price_minor", models.PositiveBigIntegerField(default=0, verbose_name="price")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "archived_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="archived"
                    ),
                ),
            ],
            options={
                "verbose_name": "add-on",
                "verbose_name_plural": "add-ons",
                "ordering": ("position", "id"),
            },
        ),
        migrations.CreateModel(
            name="AddOnService",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={
                "verbose_name": "service of an add-on",
                "verbose_name_plural": "services of an add-on",
            },
        ),
        migrations.CreateModel(
            name="DateHours",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="date")),
                ("starts", models.TimeField(blank=True, null=True, verbose_name="from")),
                ("ends", models.TimeField(blank=True, null=True, verbose_name="to")),
            ],
            options={
                "verbose_name": "hours on a date",
                "verbose_name_plural": "hours on dates",
                "ordering": ("day", "starts"),
            },
        ),
        migrations.CreateModel(
            name="HistoricalAddOn",
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
                    "minutes",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(240)],
                        verbose_name="minutes more",
                    ),
                ),
                ("price_minor", models.PositiveBigIntegerField(default=0, verbose_name="price")),
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
                "verbose_name": "historical add-on",
                "verbose_name_plural": "historical add-ons",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalResource",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
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
                "verbose_name": "historical resource",
                "verbose_name_plural": "historical resources",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Resource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "archived_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="archived"
                    ),
                ),
            ],
            options={
                "verbose_name": "resource",
                "verbose_name_plural": "resources",
                "ordering": ("kind__position", "position", "id"),
            },
        ),
        migrations.CreateModel(
            name="ResourceKind",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "kind of resource",
                "verbose_name_plural": "kinds of resources",
                "ordering": ("position", "id"),
            },
        ),
        migrations.CreateModel(
            name="ServiceResource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={
                "verbose_name": "resource of a service",
                "verbose_name_plural": "resources of a service",
            },
        ),
        migrations.AddField(
            model_name="historicalprovider",
            name="feed_version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="historicalservice",
            name="horizon_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty: as the business says.",
                null=True,
                verbose_name="latest online booking, days from now",
            ),
        ),
        migrations.AddField(
            model_name="historicalservice",
            name="notice_minutes",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Empty: as the business says.",
                null=True,
                verbose_name="earliest online booking, minutes from now",
            ),
        ),
        migrations.AddField(
            model_name="historicalservice",
            name="places_per_booking",
            field=models.PositiveSmallIntegerField(
                default=4,
                help_text="For classes: a client may bring friends.",
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="most places in one booking",
            ),
        ),
        migrations.AddField(
            model_name="historicalservice",
            name="slot_minutes",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty: as the business says.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(5),
                    django.core.validators.MaxValueValidator(120),
                ],
                verbose_name="times are offered every … minutes",
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="feed_version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="service",
            name="horizon_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty: as the business says.",
                null=True,
                verbose_name="latest online booking, days from now",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="notice_minutes",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Empty: as the business says.",
                null=True,
                verbose_name="earliest online booking, minutes from now",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="places_per_booking",
            field=models.PositiveSmallIntegerField(
                default=4,
                help_text="For classes: a client may bring friends.",
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="most places in one booking",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="slot_minutes",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty: as the business says.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(5),
                    django.core.validators.MaxValueValidator(120),
                ],
                verbose_name="times are offered every … minutes",
            ),
        ),
        migrations.AddField(
            model_name="serviceprovider",
            name="minutes",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty: the service's own.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(5),
                    django.core.validators.MaxValueValidator(720),
                ],
                verbose_name="length in minutes",
            ),
        ),
        migrations.AddField(
            model_name="serviceprovider",
            name="price_minor",
            field=models.PositiveBigIntegerField(
                blank=True, help_text="Empty: the service's own.", null=True, verbose_name="price"
            ),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.CheckConstraint(
                condition=models.Q(("places_per_booking__gte", 1)),
                name="service_places_per_booking",
            ),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("slot_minutes__isnull", True),
                    ("slot_minutes__range", (5, 120)),
                    _connector="OR",
                ),
                name="service_slot_minutes",
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceprovider",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("minutes__isnull", True), ("minutes__range", (5, 720)), _connector="OR"
                ),
                name="service_provider_minutes_sane",
            ),
        ),
        migrations.AddField(
            model_name="addonservice",
            name="add_on",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="goes_with",
                to="catalogue.addon",
            ),
        ),
        migrations.AddField(
            model_name="addonservice",
            name="service",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="with_add_ons",
                to="catalogue.service",
            ),
        ),
        migrations.AddField(
            model_name="addon",
            name="services",
            field=models.ManyToManyField(
                related_name="add_ons",
                through="catalogue.AddOnService",
                to="catalogue.service",
                verbose_name="services",
            ),
        ),
        migrations.AddField(
            model_name="datehours",
            name="provider",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="date_hours",
                to="catalogue.provider",
            ),
        ),
        migrations.AddField(
            model_name="historicaladdon",
            name="history_user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="historicalresource",
            name="history_user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="resource",
            name="kind",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="resources",
                to="catalogue.resourcekind",
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="historicalresource",
            name="kind",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="catalogue.resourcekind",
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="serviceresource",
            name="kind",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="needed_by",
                to="catalogue.resourcekind",
            ),
        ),
        migrations.AddField(
            model_name="serviceresource",
            name="service",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="needs",
                to="catalogue.service",
            ),
        ),
        migrations.AddField(
            model_name="resourcekind",
            name="services",
            field=models.ManyToManyField(
                related_name="resource_kinds",
                through="catalogue.ServiceResource",
                to="catalogue.service",
                verbose_name="services",
            ),
        ),
        migrations.AddConstraint(
            model_name="addonservice",
            constraint=models.UniqueConstraint(
                fields=("add_on", "service"), name="add_on_service_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="addon",
            constraint=models.CheckConstraint(
                condition=models.Q(("minutes__lte", 240)), name="add_on_minutes_sane"
            ),
        ),
        migrations.AddConstraint(
            model_name="datehours",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ends__isnull", True), ("starts__isnull", True)),
                    models.Q(("ends__gt", models.F("starts")), ("starts__isnull", False)),
                    _connector="OR",
                ),
                name="date_hours_end_later",
            ),
        ),
        migrations.AddConstraint(
            model_name="datehours",
            constraint=models.UniqueConstraint(
                fields=("provider", "day", "starts"), name="date_hours_start_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="datehours",
            constraint=models.UniqueConstraint(
                condition=models.Q(("starts__isnull", True)),
                fields=("provider", "day"),
                name="date_hours_one_day_off",
            ),
        ),
        migrations.AddConstraint(
            model_name="resource",
            constraint=models.UniqueConstraint(fields=("kind", "name"), name="resource_name_once"),
        ),
        migrations.AddConstraint(
            model_name="serviceresource",
            constraint=models.UniqueConstraint(
                fields=("service", "kind"), name="service_resource_once"
            ),
        ),
    ]
