"""One clock for all children of a run, as the database's own is for all its connections."""

from __future__ import annotations

import datetime as dt
import mmap
import struct

from foundation import clock

START = dt.datetime(2025, 11, 4, 9, 0, tzinfo=dt.UTC)


class SharedClock:
    """Stands still until the parent moves it; forked children read the same memory."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8)
        self.move_to(START)
        clock.set_fixed(START)
        clock.now = self.now

    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=struct.unpack("d", self._memory[:8])[0])

    def move_to(self, instant: dt.datetime) -> None:
        """Never back."""
        seconds = (instant - START).total_seconds()
        before = struct.unpack("d", self._memory[:8])[0]
        self._memory[:8] = struct.pack("d", max(seconds, before))

    def advance(self, **by: float) -> None:
        self.move_to(self.now() + dt.timedelta(**by))
