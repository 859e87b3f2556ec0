"""What no run may show, by its name in a result; a control must show some of it."""

from __future__ import annotations

from tests.prove.phases import IN_TRANSACTION

HARM = (
    "doubles",
    "lost",
    "sums_off",
    "told_twice",
    "told_wrong",
    "untold",
    "told_without_consent",
)
INSIDE = tuple(phase.name.lower() for phase in IN_TRANSACTION)
