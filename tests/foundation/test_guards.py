"""The manifest of guards: installed, noticed when missing, and back after whatever took them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, migrations, models, transaction
from django.db.migrations.state import ProjectState

from foundation.guards import (
    DropGuards,
    Guard,
    GuardsBroken,
    all_guards,
    append_only,
    drop_guards,
    install_guards,
    missing_guards,
    verify_guards,
)
from giftcards.models import CardEntry
from tests.factories import give_card

# Deferred triggers and TRUNCATE exist on PostgreSQL only; for the former the audit is SQLite's
# second line.
DEFERRED = re.compile(r"_cached_balance(_entry)?$|_never_emptied$")


def here(guards: list[Guard]) -> set[str]:
    """The names of those that this engine has a text for."""
    return {each.name for each in guards if getattr(each, connection.vendor)}


def guards_of(table: str) -> set[str]:
    return here([each for each in all_guards() if each.table == table])


def test_every_guard_has_a_name_of_its_own_and_a_text_per_database():
    guards = all_guards()

    assert len({each.name for each in guards}) == len(guards)
    assert all(each.postgresql for each in guards)
    without = {each.name for each in guards if not each.sqlite}
    assert without == {each.name for each in guards if DEFERRED.search(each.name)}


def test_the_names_of_the_triggers_begin_with_the_name_of_the_guard():
    for guard in all_guards():
        assert guard.name in guard.postgresql
        for text in guard.sqlite:
            assert text.startswith(f"CREATE TRIGGER {guard.name}")


@pytest.mark.django_db
def test_every_ledger_is_guarded():
    """A new ledger that forgets its guards would be found here."""
    from ledger.models import Account, Entry

    for entry in Entry.__subclasses__():
        table = entry._meta.db_table
        names = {each.name for each in all_guards() if each.table == table}
        assert {f"{table}_append_only", f"{table}_chain"} <= names
    kept = {each.table for each in all_guards() if each.name.endswith("_cached_balance")}
    assert kept == {account._meta.db_table for account in Account.__subclasses__()}


@pytest.mark.django_db
def test_append_only_knows_every_column():
    """SQLite compares column by column: one left out could be changed."""
    from django.apps import apps

    tables = {model._meta.db_table: model for model in apps.get_models()}
    for guard in all_guards():
        if not guard.name.endswith("_append_only"):
            continue
        columns = {field.column for field in tables[guard.table]._meta.local_concrete_fields}
        update = guard.sqlite[0]
        if " WHEN " in update:
            assert set(re.findall(r"NEW\.(\w+)", update)) == columns


@pytest.mark.django_db
def test_verify_guards_is_content_after_migrate():
    verify_guards()

    assert install_guards() == []


@pytest.mark.django_db
def test_verify_guards_refuses_a_database_without_one():
    name = "giftcards_cardentry_append_only"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"DROP TRIGGER {name}_delete")
        else:
            cursor.execute(f"DROP TRIGGER {name} ON giftcards_cardentry")

    with pytest.raises(GuardsBroken, match=f"{name}.*manage.py migrate"):
        verify_guards()

    assert missing_guards() == [name]
    assert install_guards() == [name]
    verify_guards()


@pytest.mark.django_db
def test_verify_guards_refuses_another_text_under_the_same_name():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER award_kept")
            cursor.execute(
                "CREATE TRIGGER award_kept BEFORE DELETE ON loyalty_award BEGIN SELECT 1; END"
            )
        else:
            cursor.execute("COMMENT ON TRIGGER award_kept ON loyalty_award IS 'an older text'")

    assert missing_guards() == ["award_kept"]
    assert install_guards() == ["award_kept"]
    assert missing_guards() == []


@pytest.mark.django_db
def test_verify_guards_refuses_a_trigger_switched_off():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite cannot switch a trigger off")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE loyalty_award DISABLE TRIGGER award_kept")

    assert missing_guards() == ["award_kept"]


@pytest.mark.django_db
def test_verify_guards_refuses_a_function_swapped_by_hand():
    if connection.vendor == "sqlite":
        pytest.skip("a SQLite trigger has no function apart from itself")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION award_kept_fn() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RETURN OLD; END $$"
        )

    assert missing_guards() == ["award_kept"]


@pytest.mark.django_db
def test_drop_guards_takes_those_of_the_tables_named():
    drop_guards(["giftcards_cardentry", "no_such_table"])

    assert set(missing_guards()) == guards_of("giftcards_cardentry")


@pytest.mark.django_db
def test_drop_guards_takes_all_and_install_guards_puts_all_back():
    drop_guards()
    assert set(missing_guards()) == here(all_guards())

    assert set(install_guards()) == here(all_guards())
    verify_guards()


@pytest.mark.django_db
def test_a_guard_of_a_table_that_is_not_there_yet_waits(monkeypatch):
    early = append_only("not_made_yet", columns=("id",))
    monkeypatch.setattr("foundation.guards.all_guards", lambda: [early])

    assert install_guards() == []
    assert missing_guards() == [early.name]


# --- migrations -------------------------------------------------------------------------------


@pytest.fixture
def widened_column(transactional_db: None) -> Iterator[Callable[[], None]]:
    """What a migration does that widens a column; undone afterwards."""

    def alter(before: int, after: int) -> None:
        old, new = (models.CharField(max_length=length) for length in (before, after))
        for field in (old, new):
            field.set_attributes_from_name("description")
            field.model = CardEntry
        with connection.schema_editor() as editor:
            editor.alter_field(CardEntry, old, new, strict=False)

    yield lambda: alter(200, 300)
    drop_guards()
    alter(300, 200)
    call_command("migrate", verbosity=0)


def test_a_migration_that_rebuilds_the_table_loses_guards_and_migrate_restores_them(
    widened_column, alice
):
    """Reliability trap 3 on SQLite; PostgreSQL widens in place and keeps its triggers."""
    give_card(alice)

    widened_column()

    lost = guards_of("giftcards_cardentry") if connection.vendor == "sqlite" else set()
    assert set(missing_guards()) == lost
    if lost:
        with pytest.raises(GuardsBroken):
            verify_guards()
        CardEntry.objects.update(description="the harm: nothing refuses this")

    call_command("migrate", verbosity=0)

    verify_guards()
    with pytest.raises(IntegrityError):
        CardEntry.objects.update(description="refused again")


@pytest.mark.django_db
def test_the_migration_operation_takes_guards_off_its_tables():
    operation = DropGuards(["giftcards_cardentry"])

    editor = connection.schema_editor(atomic=False)
    operation.database_forwards("giftcards", editor, ProjectState(), ProjectState())

    assert set(missing_guards()) == guards_of("giftcards_cardentry")


def test_the_migration_operation_can_be_written_into_a_file():
    from django.db.migrations.writer import MigrationWriter

    migration = type("Migration", (migrations.Migration,), {})("0002_widen", "giftcards")
    migration.operations = [DropGuards(["giftcards_cardentry", "giftcards_giftcard"])]

    assert "'giftcards_cardentry'," in MigrationWriter(migration).as_string()


# --- the reset between tests ------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_flush_needs_the_guards_off_and_puts_them_back(alice):
    give_card(alice)
    if connection.vendor == "sqlite":
        # PostgreSQL truncates, which row triggers do not see.
        with pytest.raises(CommandError):
            call_command("flush", interactive=False, verbosity=0)
        assert CardEntry.objects.count() == 1

    drop_guards()
    call_command("flush", interactive=False, verbosity=0)

    assert CardEntry.objects.count() == 0
    verify_guards()
    card = give_card(None)
    with pytest.raises(IntegrityError), transaction.atomic():
        card.entries.all().delete()
