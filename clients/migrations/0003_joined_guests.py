import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0002_search_trigrams"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="client",
            name="joined_to",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="joined_records",
                to="clients.client",
                verbose_name="joined to",
            ),
        ),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(
                django.db.models.functions.text.Lower("email"),
                condition=models.Q(("anonymised_at__isnull", True), ("user__isnull", True)),
                name="client_guest_by_email",
            ),
        ),
        migrations.AddConstraint(
            model_name="client",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("joined_to__isnull", True),
                    models.Q(
                        ("anonymised_at__isnull", False),
                        models.Q(("joined_to", models.F("id")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="client_joined_is_bare",
            ),
        ),
    ]
