import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from foundation.guards import DropGuards


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0002_list_indexes"),
        ("catalogue", "0002_add_ons_and_resources"),
        ("clients", "0002_search_trigrams"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        DropGuards(["bookings_occupation"]),
        migrations.CreateModel(
            name="BookingAddOn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name_en", models.CharField(max_length=100)),
                ("name_da", models.CharField(blank=True, max_length=100)),
                ("name_fi", models.CharField(blank=True, max_length=100)),
                ("minutes", models.PositiveSmallIntegerField()),
                ("price_minor", models.PositiveBigIntegerField()),
            ],
            options={
                "verbose_name": "add-on of a booking",
                "verbose_name_plural": "add-ons of a booking",
            },
        ),
        migrations.CreateModel(
            name="BookingChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("marked", "Marked"),
                            ("undone", "Undone"),
                            ("moved", "Moved"),
                            ("cancelled", "Cancelled"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "status_before",
                    models.CharField(
                        choices=[
                            ("booked", "Booked"),
                            ("arrived", "Arrived"),
                            ("started", "Started"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                            ("no_show", "No-show"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "status_after",
                    models.CharField(
                        choices=[
                            ("booked", "Booked"),
                            ("arrived", "Arrived"),
                            ("started", "Started"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                            ("no_show", "No-show"),
                        ],
                        max_length=10,
                    ),
                ),
                ("starts_before", models.DateTimeField()),
                ("starts_after", models.DateTimeField()),
                ("by_client", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "change of a booking",
                "verbose_name_plural": "changes of a booking",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="ResourceOccupation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=120, verbose_name="reason")),
            ],
            options={
                "verbose_name": "occupied resource",
                "verbose_name_plural": "occupied resources",
            },
        ),
        migrations.CreateModel(
            name="SessionRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts", models.TimeField(verbose_name="time")),
                ("first_day", models.DateField(verbose_name="first date")),
                ("last_day", models.DateField(blank=True, null=True, verbose_name="last date")),
                (
                    "every_weeks",
                    models.PositiveSmallIntegerField(default=1, verbose_name="every … weeks"),
                ),
                ("places", models.PositiveSmallIntegerField(verbose_name="places")),
            ],
            options={
                "verbose_name": "weekly class",
                "verbose_name_plural": "weekly classes",
                "ordering": ("first_day", "starts", "id"),
            },
        ),
        migrations.CreateModel(
            name="WaitingPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="date")),
                ("places", models.PositiveSmallIntegerField(default=1, verbose_name="places")),
                (
                    "automatic",
                    models.BooleanField(default=False, verbose_name="book when a place opens"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("offered", "Offered"),
                            ("taken", "Taken"),
                            ("passed", "Offer ran out"),
                            ("left", "Left the list"),
                            ("over", "Too late"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("joined_at", models.DateTimeField(verbose_name="joined")),
                ("offered_until", models.DateTimeField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "waiting place",
                "verbose_name_plural": "waiting places",
                "ordering": ("joined_at", "id"),
            },
        ),
        migrations.RemoveConstraint(
            model_name="classsession",
            name="session_places_suffice",
        ),
        migrations.AddField(
            model_name="classsession",
            name="offered_places",
            field=models.PositiveSmallIntegerField(
                default=0, editable=False, verbose_name="offered"
            ),
        ),
        migrations.AddField(
            model_name="classsession",
            name="rule_day",
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="hold",
            name="lines",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="visit",
            name="hidden_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="occupation",
            name="hold",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="occupations",
                to="bookings.hold",
            ),
        ),
        migrations.AddField(
            model_name="bookingaddon",
            name="add_on",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bookings",
                to="catalogue.addon",
            ),
        ),
        migrations.AddField(
            model_name="bookingaddon",
            name="booking",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="add_ons",
                to="bookings.booking",
            ),
        ),
        migrations.AddField(
            model_name="bookingchange",
            name="actor",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="bookingchange",
            name="booking",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="changes",
                to="bookings.booking",
            ),
        ),
        migrations.AddField(
            model_name="bookingchange",
            name="provider_after",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogue.provider",
            ),
        ),
        migrations.AddField(
            model_name="bookingchange",
            name="provider_before",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogue.provider",
            ),
        ),
        migrations.AddField(
            model_name="resourceoccupation",
            name="booking",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="resource_occupations",
                to="bookings.booking",
            ),
        ),
        migrations.AddField(
            model_name="resourceoccupation",
            name="hold",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="resource_occupations",
                to="bookings.hold",
            ),
        ),
        migrations.AddField(
            model_name="resourceoccupation",
            name="resource",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="occupations",
                to="catalogue.resource",
            ),
        ),
        migrations.AddField(
            model_name="resourceoccupation",
            name="session",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="resource_occupations",
                to="bookings.classsession",
            ),
        ),
        migrations.AddField(
            model_name="sessionrule",
            name="provider",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="session_rules",
                to="catalogue.provider",
                verbose_name="provider",
            ),
        ),
        migrations.AddField(
            model_name="sessionrule",
            name="service",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="session_rules",
                to="catalogue.service",
                verbose_name="class",
            ),
        ),
        migrations.AddField(
            model_name="classsession",
            name="rule",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="bookings.sessionrule",
            ),
        ),
        migrations.AddConstraint(
            model_name="classsession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "places__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("booked_places"), "+", models.F("offered_places")
                        ),
                    )
                ),
                name="session_places_suffice",
            ),
        ),
        migrations.AddConstraint(
            model_name="classsession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("rule__isnull", True), ("rule_day__isnull", True)),
                    models.Q(("rule__isnull", False), ("rule_day__isnull", False)),
                    _connector="OR",
                ),
                name="session_rule_has_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="classsession",
            constraint=models.UniqueConstraint(
                fields=("rule", "rule_day"), name="session_once_per_rule_day"
            ),
        ),
        migrations.AddField(
            model_name="waitingplace",
            name="client",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="waiting_places",
                to="clients.client",
                verbose_name="client",
            ),
        ),
        migrations.AddField(
            model_name="waitingplace",
            name="hold",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="waiting_place",
                to="bookings.hold",
            ),
        ),
        migrations.AddField(
            model_name="waitingplace",
            name="provider",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="waiting_places",
                to="catalogue.provider",
                verbose_name="provider",
            ),
        ),
        migrations.AddField(
            model_name="waitingplace",
            name="service",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="waiting_places",
                to="catalogue.service",
                verbose_name="service",
            ),
        ),
        migrations.AddField(
            model_name="waitingplace",
            name="session",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="waiting_places",
                to="bookings.classsession",
            ),
        ),
        migrations.AddField(
            model_name="waitingplace",
            name="visit",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="waiting_place",
                to="bookings.visit",
            ),
        ),
        migrations.AddConstraint(
            model_name="bookingaddon",
            constraint=models.UniqueConstraint(
                fields=("booking", "add_on"), name="booking_add_on_once"
            ),
        ),
        migrations.AddIndex(
            model_name="resourceoccupation",
            index=models.Index(fields=["resource", "ends_at"], name="resource_occupation_by_end"),
        ),
        migrations.AddConstraint(
            model_name="resourceoccupation",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="resource_occupation_ends_later",
            ),
        ),
        migrations.AddConstraint(
            model_name="resourceoccupation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("booking__isnull", True), ("session__isnull", True)),
                    models.Q(("booking__isnull", True), ("hold__isnull", True)),
                    models.Q(("hold__isnull", True), ("session__isnull", True)),
                    _connector="OR",
                ),
                name="resource_occupation_of_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="resourceoccupation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("booking__isnull", False)),
                fields=("booking", "resource"),
                name="resource_once_per_booking",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("last_day__isnull", True),
                    ("last_day__gte", models.F("first_day")),
                    _connector="OR",
                ),
                name="session_rule_ends_later",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("every_weeks__range", (1, 8))), name="session_rule_weeks_sane"
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("places__gte", 1)), name="session_rule_has_places"
            ),
        ),
        migrations.AddIndex(
            model_name="waitingplace",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "offered"))),
                fields=["session", "joined_at", "id"],
                name="waiting_place_in_line",
            ),
        ),
        migrations.AddIndex(
            model_name="waitingplace",
            index=models.Index(
                condition=models.Q(("state", "offered")),
                fields=["offered_until"],
                name="waiting_place_by_offer",
            ),
        ),
        migrations.AddIndex(
            model_name="waitingplace",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "offered"))),
                fields=["day"],
                name="waiting_place_by_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitingplace",
            constraint=models.CheckConstraint(
                condition=models.Q(("places__gte", 1)), name="waiting_place_has_places"
            ),
        ),
        migrations.AddConstraint(
            model_name="waitingplace",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["waiting", "offered", "taken", "passed", "left", "over"])
                ),
                name="waiting_place_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitingplace",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "offered"), _negated=True),
                    ("offered_until__isnull", False),
                    _connector="OR",
                ),
                name="waiting_place_offer_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitingplace",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "taken"), ("visit__isnull", False)),
                    models.Q(models.Q(("state", "taken"), _negated=True), ("visit__isnull", True)),
                    _connector="OR",
                ),
                name="waiting_place_taken_has_visit",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitingplace",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("session__isnull", False), ("state__in", ("waiting", "offered"))
                ),
                fields=("client", "session"),
                name="waiting_place_once_per_session",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitingplace",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("session__isnull", True), ("state__in", ("waiting", "offered"))
                ),
                fields=("client", "service", "day"),
                name="waiting_place_once_per_day",
            ),
        ),
    ]
