from django.db import migrations

from foundation.guards import DropGuards
from foundation.postgresql import OnPostgreSQL

# As foundation.names.fold: after NFKD an accent stands alone, and what is left are letters that
# are not made of two. Null where nothing was written, which is nearly everywhere.
FOLDED = r"""
CASE WHEN description <> '' THEN
  replace(replace(replace(translate(
    lower(regexp_replace(normalize(description, NFKD), '[\u0300-\u036f]', '', 'g')),
    'øØðÐłŁÆÞ', 'ooddllæþ'), 'æ', 'ae'), 'þ', 'th'), 'ß', 'ss')
END"""
# Only written texts are in these: crediting touches none of them.
WALKS = {
    "point_entry_words_newest": "created_at DESC, id DESC",
    "point_entry_words_by_kind": "kind, created_at DESC, id DESC",
    "point_entry_words_by_account": "account_id, created_at DESC, id DESC",
}
# Without them adjustments seem to be of services as often as earnings are, and all are read.
TOGETHER = {
    "point_entry_kind_and_service": "service_id",
    "point_entry_kind_and_reward": "reward_id",
}


class Migration(migrations.Migration):
    """What staff wrote about a movement, folded by PostgreSQL as it is written, for searching.

    No field of the model: nobody writes it, and SQLite would have to make the table anew. Blanking
    the description blanks it too.
    """

    dependencies = [("loyalty", "0003_report_indexes")]

    operations = [
        DropGuards(["loyalty_pointentry"]),
        OnPostgreSQL(
            f"ALTER TABLE loyalty_pointentry ADD COLUMN description_folded text"
            f" GENERATED ALWAYS AS ({FOLDED}) STORED",
            "ALTER TABLE loyalty_pointentry DROP COLUMN description_folded",
        ),
        OnPostgreSQL(
            # With the usual sample a rare word looks like a frequent one, and all are read.
            "ALTER TABLE loyalty_pointentry ALTER COLUMN description_folded SET STATISTICS 500",
            "ALTER TABLE loyalty_pointentry ALTER COLUMN description_folded SET STATISTICS -1",
        ),
        OnPostgreSQL(
            "CREATE INDEX point_entry_words ON loyalty_pointentry"
            " USING gin (description_folded gin_trgm_ops) WHERE description_folded IS NOT NULL",
            "DROP INDEX point_entry_words",
        ),
        *(
            OnPostgreSQL(
                f"CREATE STATISTICS {name} (mcv) ON kind, {column} FROM loyalty_pointentry",
                f"DROP STATISTICS {name}",
            )
            for name, column in TOGETHER.items()
        ),
        *(
            OnPostgreSQL(
                f"CREATE INDEX {name} ON loyalty_pointentry ({columns})"
                " WHERE description_folded IS NOT NULL",
                f"DROP INDEX {name}",
            )
            for name, columns in WALKS.items()
        ),
    ]
