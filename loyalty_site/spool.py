"""A broker that needs no server: messages are files in a folder.

kombu's own file transport shows a message before it is written whole; a reader that comes
between takes half a message, which is lost, or kills the worker. Here a message is written
beside its name and moved into place, which is one step for every reader.
"""

from __future__ import annotations

import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem, virtual
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for folder in (self.data_folder_in, self.data_folder_out, self.processed_folder):
            Path(folder).mkdir(parents=True, exist_ok=True)
        self.control_folder.mkdir(parents=True, exist_ok=True)

    def _put(  # type: ignore[override]  # kombu names the argument in two ways
        self, queue: str, payload: Any, **kwargs: Any
    ) -> None:
        # Wall-clock nanoseconds, because a monotonic clock starts anew at a reboot and would
        # put today's messages before yesterday's.
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        final = Path(self.data_folder_out) / name
        draft = final.with_name(f".{name}")
        try:
            draft.write_bytes(str_to_bytes(dumps(payload)))
            draft.replace(final)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise ChannelError(f"Cannot add {os.fspath(final)!r}") from error

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._table(exchange) as table:
            if binding not in table:
                table.append(binding)

    def _delete(
        self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any, **kwargs: Any
    ) -> None:
        # Past kombu's file channel, which rewrites the table in place.
        virtual.Channel._delete(  # noqa: SLF001
            self, queue, exchange, routing_key, pattern, *args, **kwargs
        )
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._table(exchange) as table:
            if binding in table:
                table.remove(binding)

    @contextmanager
    def _table(self, exchange: str) -> Iterator[list[Any]]:
        """Who listens to ``exchange``, to change. kombu empties the file before it writes it, and
        web, worker and beat all start at once."""
        file = self._exchange_file(exchange)
        with (self.control_folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            table = self.get_table(exchange)
            before = list(table)
            yield table
            if table != before:
                draft = file.with_name(f".{file.name}.{uuid.uuid4()}")
                draft.write_bytes(str_to_bytes(dumps(table)))
                draft.replace(file)


class Transport(filesystem.Transport):
    Channel = Channel
    driver_type = "spool"
    driver_name = "spool"

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        # Not shared by the connections of a process: what one of them has bound says nothing
        # about another's folder, nor about a folder that was emptied meanwhile.
        self.state = virtual.BrokerState()
