from django.db import migrations

from foundation.postgresql import OnPostgreSQL


class Migration(migrations.Migration):
    """Names are searched for any part of a word: 100,000 are not read one by one for it."""

    dependencies = [("clients", "0001_initial")]

    operations = [
        OnPostgreSQL(
            "CREATE INDEX client_search_trigrams ON clients_client"
            " USING gin (search_name gin_trgm_ops)",
            "DROP INDEX client_search_trigrams",
        )
    ]
