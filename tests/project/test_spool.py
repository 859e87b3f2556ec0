"""The broker that needs no server loses nothing, whoever writes and reads at once."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Exchange, Queue
from kombu.transport import TRANSPORT_ALIASES

from loyalty_site import celery, spool  # noqa: F401 — registers the alias

pytestmark = pytest.mark.once

PRODUCERS = 3
EACH = 400


def connection_to(folder: Path, scheme: str = "spool") -> Connection:
    return Connection(
        f"{scheme}://",
        transport_options={
            "data_folder_in": str(folder / "messages"),
            "data_folder_out": str(folder / "messages"),
            "control_folder": str(folder / "control"),
            "processed_folder": str(folder / "taken"),
        },
    )


def queue() -> Queue:
    return Queue("work", Exchange("work", type="direct"), routing_key="work")


def produce(folder: Path, number: int) -> None:
    with connection_to(folder) as connection, connection.channel() as channel:
        producer = connection.Producer(channel)
        for count in range(EACH):
            producer.publish(
                {"from": number, "count": count, "ballast": "x" * 2_000},
                exchange=queue().exchange,
                routing_key="work",
                declare=[queue()],
            )


def read_everything(folder: Path, expected: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    end = time.monotonic() + 60
    with connection_to(folder) as connection, connection.channel() as channel:
        bound = queue()(channel)
        bound.declare()
        while len(found) < expected and time.monotonic() < end:
            message = bound.get()
            if message is None:
                continue
            found.append((message.payload["from"], message.payload["count"]))
            message.ack()
    return found


@pytest.mark.slow
def test_eager_reader_beside_several_writers_loses_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=produce, args=(tmp_path, n)) for n in range(PRODUCERS)]
    for writer in writers:
        writer.start()
    found = read_everything(tmp_path, PRODUCERS * EACH)
    for writer in writers:
        writer.join()
    assert sorted(found) == [(n, count) for n in range(PRODUCERS) for count in range(EACH)]
    assert list((tmp_path / "messages").iterdir()) == []


def test_folders_are_made_by_whoever_comes_first(tmp_path: Path) -> None:
    assert read_everything(tmp_path / "new", 0) == []
    with connection_to(tmp_path / "new") as connection:
        connection.channel()
    assert {each.name for each in (tmp_path / "new").iterdir()} == {"messages", "control", "taken"}


def test_half_written_message_is_never_seen(tmp_path: Path, monkeypatch: Any) -> None:
    """The writer dies between writing and moving: the reader finds nothing, and lives."""

    def die(self: Path, target: Path) -> None:
        raise OSError("killed here")

    with connection_to(tmp_path) as connection, connection.channel() as channel:
        queue()(channel).declare()
        monkeypatch.setattr(Path, "replace", die)
        with pytest.raises(Exception, match="Cannot add"):
            channel._put("work", {"body": "half"})
        monkeypatch.undo()
        assert queue()(channel).get() is None
    assert list((tmp_path / "messages").iterdir()) == []


def test_messages_come_in_the_order_of_writing(tmp_path: Path) -> None:
    produce(tmp_path, 0)
    assert read_everything(tmp_path, EACH) == [(0, count) for count in range(EACH)]


def test_the_default_broker_address_names_it() -> None:
    assert TRANSPORT_ALIASES["spool"] == "loyalty_site.spool:Transport"
