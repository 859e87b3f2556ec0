from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("bookings", "0003_resources_rules_and_waiting")]

    operations = [
        migrations.AlterModelOptions(
            name="booking",
            options={
                "permissions": [
                    ("book_for_clients", "Can book for clients"),
                    ("mark_bookings", "Can mark bookings as arrived, completed or no-show"),
                    ("cancel_bookings", "Can cancel bookings"),
                    (
                        "undo_on_the_day",
                        "Can take back marks and cancellations on the day of the visit",
                    ),
                    ("see_all_bookings", "Can see the bookings of every provider"),
                ],
                "verbose_name": "booking",
                "verbose_name_plural": "bookings",
            },
        ),
    ]
