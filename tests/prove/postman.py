"""A mail server in a process of its own that writes down every letter it takes.

It outlives the senders that are killed, and what it wrote is what really arrived.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from types import TracebackType

from aiosmtpd.smtp import SMTP, Envelope, Session

PATIENCE = 10.0  # seconds


@dataclass(frozen=True)
class Letter:
    to: str
    id: str
    subject: str

    @property
    def points(self) -> int:
        """The points that a letter about points tells of, as its reader sees them."""
        number = re.match(r"[\d,.\s]+", self.subject)
        assert number is not None, self.subject
        return int(re.sub(r"\D", "", number.group()))


class Postman:
    def __init__(self, folder: Path) -> None:
        self._book = folder / "letters.jsonl"
        self._book.touch()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Postman:
        self._pid = os.fork()
        if not self._pid:
            try:
                asyncio.run(self._serve())
            finally:
                os._exit(1)
        self._listener.close()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def letters(self) -> list[Letter]:
        return [Letter(**json.loads(line)) for line in self._book.read_text().splitlines()]

    def wait_until_open(self) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as line:
                line.settimeout(PATIENCE)
                if line.recv(100).startswith(b"220"):
                    return
            if time.monotonic() > end:
                raise TimeoutError("the mail server does not answer")

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(self, hostname="postman", loop=loop), sock=self._listener
        )
        await server.serve_forever()

    async def handle_DATA(  # noqa: N802 — the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        letter = {
            "to": envelope.rcpt_tos[0],
            "id": str(mail["Message-ID"]),
            "subject": str(mail["Subject"]),
        }
        with self._book.open("a") as book:
            book.write(json.dumps(letter) + "\n")
        return "250 OK"
