"""What each child is doing, in memory that its parent shares: after a SIGKILL it still says what
the child was doing when it died."""

from __future__ import annotations

import mmap
from enum import IntEnum
from typing import Any

from django.db import connections


class Phase(IntEnum):
    OUTSIDE = 0
    BEGUN = 1  # a transaction is open, nothing is written yet
    WRITTEN = 2  # rows are written and not committed
    COMMITTING = 3
    HANDING_OVER = 4  # a mail is on its way to the mail server, its outcome not recorded
    PARKED = 5


IN_TRANSACTION = (Phase.BEGUN, Phase.WRITTEN, Phase.COMMITTING)
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")


class Board:
    """One byte a child, and one by which the parent asks them to park or to stop."""

    SLOTS = 32
    GO, PARK, STOP = range(3)

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, self.SLOTS + 1)

    def phase(self, slot: int) -> Phase:
        return Phase(self._memory[slot])

    def enter(self, slot: int, phase: Phase) -> None:
        self._memory[slot] = phase

    @property
    def order(self) -> int:
        return self._memory[self.SLOTS]

    def give(self, order: int) -> None:
        self._memory[self.SLOTS] = order


def tell_phases(board: Board, slot: int) -> None:
    """Have this process say on ``board`` what its database connection and its sender are doing."""
    connection: Any = connections["default"]
    set_autocommit, commit = connection.set_autocommit, connection.commit

    def told_set_autocommit(autocommit: bool, **how: Any) -> None:
        set_autocommit(autocommit, **how)
        board.enter(slot, Phase.OUTSIDE if autocommit else Phase.BEGUN)

    def told_commit() -> None:
        board.enter(slot, Phase.COMMITTING)
        commit()
        board.enter(slot, Phase.OUTSIDE)

    def told_execute(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if connection.in_atomic_block and sql.lstrip().startswith(WRITES):
            board.enter(slot, Phase.WRITTEN)
        return answer

    connection.set_autocommit, connection.commit = told_set_autocommit, told_commit
    connection.execute_wrappers.append(told_execute)
    _tell_of_letters(board, slot)


def _tell_of_letters(board: Board, slot: int) -> None:
    from notifications import sending

    begin, send_one = sending._begin_handing_over, sending._send_one

    def told_begin(*args: Any) -> bool:
        board.enter(slot, Phase.HANDING_OVER)
        return begin(*args)

    def told_send_one(*args: Any) -> bool:
        try:
            return send_one(*args)
        finally:
            board.enter(slot, Phase.OUTSIDE)

    sending._begin_handing_over, sending._send_one = told_begin, told_send_one
