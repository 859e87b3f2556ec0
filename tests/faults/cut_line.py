"""A line to PostgreSQL that breaks at the next COMMIT, on one side of it or the other."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

CHUNK = 65_536


class Line:
    """Forwards one connection to the server, and breaks at the COMMIT that follows ``after``.

    ``before_commit`` is called instead of forwarding the COMMIT, and the line breaks; without it
    the COMMIT goes through, and the line breaks before the client hears the answer.
    """

    def __init__(
        self, server: tuple[str, int], before_commit: Callable[[], None] | None, after: bytes
    ) -> None:
        self._server = server
        self._before_commit = before_commit
        self._after = after
        self._answer_is_lost = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def _serve(self) -> None:
        client, _address = self._listener.accept()
        # Whoever tries again over this line is refused.
        self._listener.close()
        server = socket.create_connection(self._server)
        back = threading.Thread(target=self._bring_back, args=(server, client), daemon=True)
        self._threads.append(back)
        back.start()
        breaks = False
        try:
            while sent := client.recv(CHUNK):
                breaks = breaks or self._after in sent
                if breaks and b"COMMIT" in sent:
                    if self._before_commit is not None:
                        self._before_commit()
                        break
                    self._answer_is_lost = True
                server.sendall(sent)
        except OSError:
            pass
        finally:
            _hang_up(client, server)

    def _bring_back(self, server: socket.socket, client: socket.socket) -> None:
        try:
            while answer := server.recv(CHUNK):
                if self._answer_is_lost:
                    break
                client.sendall(answer)
        except OSError:
            pass
        finally:
            _hang_up(client, server)

    def close(self) -> None:
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=10)
            assert not thread.is_alive()


def _hang_up(*lines: socket.socket) -> None:
    for line in lines:
        try:
            line.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        line.close()


@contextmanager
def line_cut_at_commit(
    before_commit: Callable[[], None] | None = None, *, after: bytes = b""
) -> Iterator[None]:
    """Lead this thread's database connection over a line that breaks at its next COMMIT, or at
    the one that follows a statement with ``after`` in it."""
    config: dict[str, Any] = connection.settings_dict
    kept = {name: config[name] for name in ("HOST", "PORT", "OPTIONS")}
    line = Line((kept["HOST"] or "127.0.0.1", int(kept["PORT"] or 5432)), before_commit, after)
    connection.close()
    config.update(
        HOST="127.0.0.1",
        PORT=str(line.port),
        # The line reads what passes.
        OPTIONS={**kept["OPTIONS"], "sslmode": "disable", "gssencmode": "disable"},
    )
    try:
        yield
    finally:
        connection.close()
        config.update(kept)
        line.close()
