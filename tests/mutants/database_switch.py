"""Taking one guard off the runner's own database, and putting it back.

The tests bring guards back themselves whenever they empty the database (tests/emptying.py), so a
trigger that is off must also not be made again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.mutants.kinds import AuditCheck, Constraint, Trigger, UniqueField

# On SQLite a table is written anew without these; what is off together is off at once.
_GONE: set[str] = set()


@contextmanager
def switched_off(switch: Constraint | UniqueField | Trigger | AuditCheck) -> Iterator[None]:
    if isinstance(switch, AuditCheck):
        _silence(switch.name)
        yield
    elif isinstance(switch, Trigger):
        with _without_trigger(switch.name):
            yield
    elif isinstance(switch, Constraint):
        with _without_constraint(switch.name):
            yield
    else:
        with _without_unique(switch.model, switch.field):
            yield


def _silence(name: str) -> None:
    from foundation import audit

    audit.load_checks()
    if name not in audit._checks:
        raise LookupError(f"the audit has no check {name}")
    audit._checks[name] = audit.Finding


@contextmanager
def _without_trigger(name: str) -> Iterator[None]:
    from django.db import connection

    from foundation import guards

    guard = next(each for each in guards.all_guards() if each.name == name)
    create = guards._create

    def create_others(wanted: guards.Guard, to: Any) -> None:
        if wanted.name != name:
            create(wanted, to)

    guards._drop(guard, connection)
    guards._create = create_others
    yield
    guards._create = create
    guards.install_guards()


@contextmanager
def _without_constraint(name: str) -> Iterator[None]:
    from django.apps import apps
    from django.db import connection

    model, constraint = next(
        (model, each)
        for model in apps.get_models()
        for each in model._meta.constraints
        if each.name == name
    )
    if connection.vendor == "sqlite":
        _GONE.add(name)
        kept = tuple(each for each in model._meta.constraints if each.name not in _GONE)
        with _changed(model._meta, "constraints", kept):
            _rebuild(model)
        yield
        return
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    yield
    with connection.schema_editor() as editor:
        editor.add_constraint(model, constraint)


@contextmanager
def _without_unique(label: str, field_name: str) -> Iterator[None]:
    from django.apps import apps
    from django.db import connection

    model = apps.get_model(label)
    field = model._meta.get_field(field_name)
    if connection.vendor == "sqlite":
        plain = field.clone

        def clone() -> Any:
            """A table that points at itself is rebuilt from clones of its fields."""
            made = plain()
            made._unique = False
            return made

        with _changed(field, "_unique", False), _changed(field, "clone", clone):
            _rebuild(model)
        yield
        return
    table, column = model._meta.db_table, field.column
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
        keys = [
            name
            for name, each in found.items()
            if each["unique"] and not each["primary_key"] and each["columns"] == [column]
        ]
        for name in keys:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    assert keys, f"{label}.{field_name} has no unique key"
    yield
    with connection.cursor() as cursor:
        for name in keys:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" UNIQUE ("{column}")')


def _rebuild(model: Any) -> None:
    """SQLite changes a table by writing it anew, which takes its triggers along."""
    from django.db import connection

    from foundation.guards import drop_guards, install_guards

    drop_guards()
    with connection.schema_editor() as editor:
        editor._remake_table(model)
    install_guards()


@contextmanager
def _changed(thing: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(thing, name)
    setattr(thing, name, value)
    yield
    setattr(thing, name, before)
