"""Beat, started again after a power cut.

Celery begins anew when it cannot open the file of its notes, but not when it opens and holds half
a note: beat would then stop with EOFError at every start, and no points would be added until
somebody deleted the file. It holds nothing that the schedule and the database do not say.
"""

from __future__ import annotations

from celery.beat import PersistentScheduler


class SteadyScheduler(PersistentScheduler):
    def setup_schedule(self) -> None:
        try:
            super().setup_schedule()
        except Exception as error:  # noqa: BLE001 — whatever the notes are: they can be made anew
            self._destroy_open_corrupted_schedule(error).close()
            super().setup_schedule()
