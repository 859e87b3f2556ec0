from django.db import migrations

from foundation.guards import DropGuards
from foundation.postgresql import OnPostgreSQL

COLUMNS = "account_id, created_at DESC, id DESC"


def _made_anew(included: str) -> str:
    return (
        f"CREATE INDEX point_entry_next ON loyalty_pointentry ({COLUMNS}){included};"
        " DROP INDEX point_entry_by_account;"
        " ALTER INDEX point_entry_next RENAME TO point_entry_by_account"
    )


class Migration(migrations.Migration):
    """The earnings of all who bear a name are counted in the index: their rows are not read.

    Not in the model: SQLite has no such columns in an index, and Django would warn of it.
    """

    dependencies = [("loyalty", "0007_fewer_indexes")]

    operations = [
        DropGuards(["loyalty_pointentry"]),
        OnPostgreSQL(_made_anew(" INCLUDE (kind)"), _made_anew("")),
    ]
