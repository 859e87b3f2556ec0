import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("business", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalSpecialDay",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(db_index=True, verbose_name="date")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("closed", "closed"),
                            ("shorter", "open only from–to"),
                            ("extra", "everybody works from–to"),
                        ],
                        max_length=8,
                        verbose_name="what is different",
                    ),
                ),
                ("opens", models.TimeField(blank=True, null=True, verbose_name="from")),
                ("closes", models.TimeField(blank=True, null=True, verbose_name="to")),
                ("name_en", models.CharField(blank=True, max_length=80, verbose_name="name")),
                ("name_da", models.CharField(blank=True, max_length=80, verbose_name="name")),
                ("name_fi", models.CharField(blank=True, max_length=80, verbose_name="name")),
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
                "verbose_name": "historical holiday or special day",
                "verbose_name_plural": "historical holidays and special days",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="SpecialDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(unique=True, verbose_name="date")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("closed", "closed"),
                            ("shorter", "open only from–to"),
                            ("extra", "everybody works from–to"),
                        ],
                        max_length=8,
                        verbose_name="what is different",
                    ),
                ),
                ("opens", models.TimeField(blank=True, null=True, verbose_name="from")),
                ("closes", models.TimeField(blank=True, null=True, verbose_name="to")),
                ("name_en", models.CharField(blank=True, max_length=80, verbose_name="name")),
                ("name_da", models.CharField(blank=True, max_length=80, verbose_name="name")),
                ("name_fi", models.CharField(blank=True, max_length=80, verbose_name="name")),
            ],
            options={
                "verbose_name": "holiday or special day",
                "verbose_name_plural": "holidays and special days",
                "ordering": ("day",),
            },
        ),
        migrations.AddField(
            model_name="business",
            name="attendance_must_be_marked",
            field=models.BooleanField(
                default=False,
                help_text="Off: a visit that nobody marked counts as attended.",
                verbose_name="points only for visits that staff marked as arrived or completed",
            ),
        ),
        migrations.AddField(
            model_name="business",
            name="reminder_hours",
            field=models.PositiveSmallIntegerField(
                default=24,
                help_text="0: send no reminders.",
                validators=[django.core.validators.MaxValueValidator(336)],
                verbose_name="remind clients this many hours before",
            ),
        ),
        migrations.AddField(
            model_name="business",
            name="waiting_cutoff_minutes",
            field=models.PositiveIntegerField(
                default=120,
                verbose_name="no waiting places are offered this many minutes before the start",
            ),
        ),
        migrations.AddField(
            model_name="historicalbusiness",
            name="attendance_must_be_marked",
            field=models.BooleanField(
                default=False,
                help_text="Off: a visit that nobody marked counts as attended.",
                verbose_name="points only for visits that staff marked as arrived or completed",
            ),
        ),
        migrations.AddField(
            model_name="historicalbusiness",
            name="reminder_hours",
            field=models.PositiveSmallIntegerField(
                default=24,
                help_text="0: send no reminders.",
                validators=[django.core.validators.MaxValueValidator(336)],
                verbose_name="remind clients this many hours before",
            ),
        ),
        migrations.AddField(
            model_name="historicalbusiness",
            name="waiting_cutoff_minutes",
            field=models.PositiveIntegerField(
                default=120,
                verbose_name="no waiting places are offered this many minutes before the start",
            ),
        ),
        migrations.AddConstraint(
            model_name="business",
            constraint=models.CheckConstraint(
                condition=models.Q(("reminder_hours__lte", 336)), name="business_reminder_hours"
            ),
        ),
        migrations.AddField(
            model_name="historicalspecialday",
            name="history_user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="specialday",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closes__isnull", True), ("kind", "closed"), ("opens__isnull", True)),
                    models.Q(
                        ("closes__gt", models.F("opens")),
                        ("kind__in", ("shorter", "extra")),
                        ("opens__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="special_day_has_hours",
            ),
        ),
    ]
