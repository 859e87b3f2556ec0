"""Serving from SQLite: one request at a time in a process (F52).

Python's garbage collector may finalise another thread's cursor while this thread holds the
write lock, and the whole process stalls. So the threads of the embedded server only wait for
bytes; the application runs in one of them at a time, and closes its connection at the end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import connections

WsgiApplication = Callable[[dict[str, Any], Any], Iterable[bytes]]


def one_request_at_a_time(application: WsgiApplication) -> WsgiApplication:
    """``application`` behind a lock that is held until its answer is made.

    A whole page is made before the lock goes back, so a slow reader holds up nobody; a file on
    disk needs no database at all; only a stream (an export) keeps the lock while it is read.
    """
    lock = threading.Lock()

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        lock.acquire()
        try:
            answer = application(environ, start_response)
            if _is_file(answer, environ):
                _release(lock)
                return answer
            if getattr(answer, "streaming", False):
                return _Stream(answer, lock)
            try:
                page = list(answer)
            finally:
                _close(answer)
        except BaseException:
            _release(lock)
            raise
        _release(lock)
        return page

    return serve


def _is_file(answer: Iterable[bytes], environ: dict[str, Any]) -> bool:
    wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(wrapper, type) and isinstance(answer, wrapper)


def _close(answer: Iterable[bytes]) -> None:
    close = getattr(answer, "close", None)
    if close is not None:
        close()


def _release(lock: threading.Lock) -> None:
    connections.close_all()
    lock.release()


class _Stream:
    """A streamed answer; the lock goes back when the server closes it, read to the end or not."""

    def __init__(self, body: Iterable[bytes], lock: threading.Lock) -> None:
        self._body = body
        self._lock = lock
        self._held = True

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        try:
            _close(self._body)
        finally:
            if self._held:
                self._held = False
                _release(self._lock)
