"""F52: on SQLite one request at a time runs in a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from loyalty_site.embedded import one_request_at_a_time


class Crowd:
    """An application that notes how many of its requests ran at once."""

    def __init__(self) -> None:
        self._count = 0
        self.most = 0
        self._guard = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._guard:
            self._count += 1
            self.most = max(self.most, self._count)
        time.sleep(0.02)
        with self._guard:
            self._count -= 1
        return [b"done"]


def ask_eight_times(application: Callable[..., Iterable[bytes]]) -> list[bytes]:
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: b"".join(application({}, None)), range(8))
        return list(answers)


def test_requests_never_run_at_once() -> None:
    crowd = Crowd()
    assert ask_eight_times(one_request_at_a_time(crowd)) == [b"done"] * 8
    assert crowd.most == 1


def test_without_the_lock_they_do() -> None:
    """The negative control: this test would notice a lock that locks nothing."""
    crowd = Crowd()
    ask_eight_times(crowd)
    assert crowd.most > 1


def test_a_request_that_fails_gives_the_lock_back() -> None:
    def broken(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("fail"):
            raise ValueError("broken")
        return [b"fine"]

    application = one_request_at_a_time(broken)
    with pytest.raises(ValueError, match="broken"):
        application({"fail": True}, None)
    assert list(application({}, None)) == [b"fine"]


class Stream:
    """An answer in pieces, as an export makes it."""

    streaming = True

    def __init__(self) -> None:
        self.closed = False

    def __iter__(self) -> Any:
        yield b"one"
        yield b"two"

    def close(self) -> None:
        self.closed = True


def test_a_stream_keeps_the_lock_until_it_is_closed() -> None:
    stream = Stream()
    answers: list[Iterable[bytes]] = [stream, [b"next"]]
    application = one_request_at_a_time(lambda environ, start_response: answers.pop(0))
    first: Any = application({}, None)
    assert list(first) == [b"one", b"two"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: list(application({}, None)))
        time.sleep(0.05)
        assert not waiting.done()
        first.close()
        assert waiting.result(timeout=5) == [b"next"]
    assert stream.closed


def test_a_file_on_disk_holds_nobody_up() -> None:
    class Wrapper(list):
        pass

    slow_reader = Wrapper([b"a picture"])
    answers: list[Iterable[bytes]] = [slow_reader, [b"page"]]
    application = one_request_at_a_time(lambda environ, start_response: answers.pop(0))
    assert application({"wsgi.file_wrapper": Wrapper}, None) is slow_reader
    assert list(application({}, None)) == [b"page"]
