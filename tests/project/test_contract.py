"""The floors of the house: who may know whom."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Field

pytestmark = pytest.mark.once

FLOORS = {
    "foundation": 0,
    "business": 1,
    "ledger": 1,
    "clients": 2,
    "catalogue": 2,
    "notifications": 3,
    "bookings": 4,
    "giftcards": 4,
    "loyalty": 5,
    "sales": 6,
    "website": 7,
    "reports": 7,
    "backoffice": 8,
    "loyalty_site": 9,
}
FACES_WITHOUT_MODELS = {"website", "backoffice"}


@pytest.mark.slow
def test_imports_keep_to_the_floors() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def own_relations() -> list[tuple[str, Field]]:
    return [
        (model._meta.label, field)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in FLOORS
        for field in model._meta.local_fields + model._meta.local_many_to_many
        if field.remote_field is not None
    ]


def test_no_foreign_key_points_up() -> None:
    """By name or by class: a lower app's table never knows a higher one's."""
    up = []
    for label, field in own_relations():
        target = field.remote_field.model._meta
        here = label.partition(".")[0]
        if target.app_label not in FLOORS or target.app_label == here:
            continue
        if FLOORS[target.app_label] >= FLOORS[here]:
            up.append(f"{label}.{field.name} → {target.label}")
    assert up == []


def test_every_app_stands_on_a_floor() -> None:
    ours = {
        config.label
        for config in apps.get_app_configs()
        if config.path.startswith(str(settings.BASE_DIR)) and ".venv" not in config.path
    }
    assert ours == set(FLOORS)


def test_faces_have_no_models() -> None:
    held = [m._meta.label for m in apps.get_models() if m._meta.app_label in FACES_WITHOUT_MODELS]
    assert held == []


# Commands that only `sales` may compose, by how their names begin.
COMMANDS = (
    "book_",
    "schedule_",
    "set_status",
    "move_",
    "cancel_",
    "issue_",
    "spend_",
    "return_",
    "void_",
    "credit_",
    "withdraw_",
    "drop_",
    "promise_",
    "earn_",
)


def test_faces_leave_composing_to_sales() -> None:
    """A face that took the place and the points in two steps would do half of it one day."""
    reached = []
    for face in ("website", "reports", "backoffice"):
        for path in (settings.BASE_DIR / face).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module:
                    app = node.module.partition(".")[0]
                    reached += [
                        f"{path.relative_to(settings.BASE_DIR)}: {node.module}.{alias.name}"
                        for alias in node.names
                        if app in {"bookings", "giftcards", "loyalty"}
                        and alias.name.startswith(COMMANDS)
                    ]
    assert reached == []


def test_every_app_tells_its_rules() -> None:
    missing = [app for app in FLOORS if not (settings.BASE_DIR / app / "README.md").is_file()]
    assert missing == []
