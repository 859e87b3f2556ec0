import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("business", "0002_special_days_and_reminders"),
    ]

    operations = [
        migrations.AddField(
            model_name="business",
            name="reward_factor",
            field=models.PositiveSmallIntegerField(
                default=14,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(1000),
                ],
                verbose_name="points suggested for a reward, per unit of its price",
            ),
        ),
        migrations.AddField(
            model_name="business",
            name="vat_hundredths",
            field=models.PositiveSmallIntegerField(
                default=2550,
                help_text="Included in all prices. A service or product may have its own.",
                validators=[django.core.validators.MaxValueValidator(10000)],
                verbose_name="VAT in per cent",
            ),
        ),
        migrations.AddField(
            model_name="historicalbusiness",
            name="reward_factor",
            field=models.PositiveSmallIntegerField(
                default=14,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(1000),
                ],
                verbose_name="points suggested for a reward, per unit of its price",
            ),
        ),
        migrations.AddField(
            model_name="historicalbusiness",
            name="vat_hundredths",
            field=models.PositiveSmallIntegerField(
                default=2550,
                help_text="Included in all prices. A service or product may have its own.",
                validators=[django.core.validators.MaxValueValidator(10000)],
                verbose_name="VAT in per cent",
            ),
        ),
        migrations.AddConstraint(
            model_name="business",
            constraint=models.CheckConstraint(
                condition=models.Q(("reward_factor__range", (1, 1000))),
                name="business_reward_factor",
            ),
        ),
        migrations.AddConstraint(
            model_name="business",
            constraint=models.CheckConstraint(
                condition=models.Q(("vat_hundredths__lte", 10000)), name="business_vat_sane"
            ),
        ),
    ]
