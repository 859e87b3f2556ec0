from typing import Any

from django.db import migrations


def wait_again(apps: Any, editor: Any) -> None:
    """Two workers may have begun at once; a worker that is at one notices that it lost it."""
    jobs = apps.get_model("reports", "ExportJob").objects.using(editor.connection.alias)
    jobs.filter(state="running").update(state="waiting", claim=None)


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0001_export_jobs"),
    ]

    operations = [
        migrations.RunPython(wait_again, migrations.RunPython.noop),
    ]
