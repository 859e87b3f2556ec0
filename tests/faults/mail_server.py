"""A mail server on a plain socket that behaves badly at one chosen moment of the conversation."""

from __future__ import annotations

import socket
import threading
from types import TracebackType

DROP, HANG = "drop", "hang"


class BadMailServer:
    """At ``moment`` it answers with ``act`` (a reply, DROP or HANG) and otherwise does its work.

    A moment is a verb of the conversation, its "greeting", the dot that ends the "letter", or what
    comes "after" the letter was taken and before another word was heard. ``moments`` tells which
    it went through. ``letters`` are those it took: whatever it says afterwards, they will be
    delivered. With ``keeps_letter`` it takes the letter before it misbehaves at "letter". A context
    manager.
    """

    def __init__(self, moment: str, act: str, *, keeps_letter: bool = False) -> None:
        self.moment, self.act, self.keeps_letter = moment, act, keeps_letter
        self.letters: list[bytes] = []
        self.moments: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lines: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> BadMailServer:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._lines:
            hang_up(line)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def _start(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                line = self._listener.accept()[0]
            except OSError:
                return
            self._lines.append(line)
            self._start(self._talk, line)

    def _talk(self, line: socket.socket) -> None:
        try:
            with line.makefile("rb") as heard:
                if not self._say(line, "greeting", "220 here"):
                    return
                while command := heard.readline():
                    verb = command.split()[0].decode().upper().replace("HELO", "EHLO")
                    reply = {"DATA": "354 go on", "QUIT": "221 bye"}.get(verb, "250 OK")
                    if not self._say(line, verb, reply) or verb == "QUIT":
                        return
                    if verb != "DATA" or self.moment == "DATA":
                        continue
                    if not self._take_letter(line, heard):
                        return
        except OSError:
            pass

    def _take_letter(self, line: socket.socket, heard: object) -> bool:
        letter = b""
        for row in heard:  # type: ignore[attr-defined]
            if row == b".\r\n":
                break
            letter += row
        if self.moment != "letter" or self.keeps_letter:
            self.letters.append(letter)
        return self._say(line, "letter", "250 taken") and self._say(line, "after", "")

    def _say(self, line: socket.socket, moment: str, reply: str) -> bool:
        """Whether the conversation goes on."""
        self.moments.append(moment)
        act = self.act if moment == self.moment else reply
        if act == DROP:
            hang_up(line)
            return False
        if act == HANG:
            return False  # not a word more; the line stays open until the other side goes
        if act:
            line.sendall(act.encode() + b"\r\n")
        return True


def hang_up(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    line.close()
