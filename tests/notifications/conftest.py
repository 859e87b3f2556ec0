"""A client who agreed, kinds made for the tests, and a real mail server in a thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from clients.consents import record_consent
from clients.models import Client
from clients.people import create_client
from notifications import kinds
from notifications.kinds import Context, MessageKind, Placeholder, Text
from notifications.models import Message


@pytest.fixture
def mette(db: None) -> Client:
    """A client who agreed to marketing messages."""
    client = create_client(
        first_name="Mette", last_name="Holm", email="mette@example.test", language="da", actor=None
    )
    agree(client, granted=True)
    return client


def agree(client: Client, *, granted: bool) -> None:
    record_consent(client=client, granted=granted, language="en", source="account", actor=None)


def _lines(messages: Sequence[Message]) -> Context:
    numbers = [message.subjects.get("number", 0) for message in messages]
    return Context({"number": str(sum(numbers)), "lines": "\n".join(map(str, numbers))})


def make_kind(code: str, **changes: Any) -> MessageKind:
    """A kind with two variables of its own, ``number`` and ``lines``."""
    marketing = changes.get("consent_class") == "marketing"
    stop = "\n\n[Stop]({stop_link})" if marketing else ""
    defaults: dict[str, Any] = {
        "label": code,
        "consent_class": "service",
        "own_placeholders": {
            "number": Placeholder("Number", "7"),
            "lines": Placeholder("Lines", "3\n4", multiline=True),
        },
        "build": _lines,
        "texts": {
            "en": Text("Number {number}", "Hello {client_name}, {number}:\n\n{lines}" + stop),
            "da": Text("Tal {number}", "Hej {client_name}, {number}:\n\n{lines}" + stop),
            "fi": Text("Luku {number}", "Hei {client_name}, {number}:\n\n{lines}" + stop),
        },
    }
    return MessageKind(code=code, **(defaults | changes))


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Callable[[MessageKind], MessageKind]:
    """Register a kind for the length of one test."""
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))

    def register(kind: MessageKind) -> MessageKind:
        kinds.register(kind)
        return kind

    return register


@pytest.fixture
def notice(registered: Callable[[MessageKind], MessageKind]) -> MessageKind:
    """Service mail."""
    return registered(make_kind("notice"))


@pytest.fixture
def news(registered: Callable[[MessageKind], MessageKind]) -> MessageKind:
    """Marketing mail, merged per client."""
    return registered(make_kind("news", consent_class="marketing", merges=True))


class Mailbox:
    """What a mail server of the tests received, and how it is told to behave."""

    def __init__(self) -> None:
        self.letters: list[Envelope] = []
        self.answer_rcpt = "250 OK"
        self.unknown_address = ""
        self.answer_data = "250 OK"
        self.drop_after_data = False

    async def handle_RCPT(  # noqa: N802 — the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == self.unknown_address:
            return "550 5.1.1 no such person"
        if self.answer_rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer_rcpt

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.answer_data.startswith("250"):
            self.letters.append(envelope)
        if self.drop_after_data and server.transport is not None:
            server.transport.abort()
        return self.answer_data


@pytest.fixture
def mail_server(settings: Any) -> Iterator[Mailbox]:
    """A real SMTP server on this machine, and the settings that lead to it."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    use_smtp(settings, controller.port)
    yield mailbox
    controller.stop()


@pytest.fixture
def silent_server(settings: Any) -> Iterator[None]:
    """A server that takes connections and never says a word."""
    listener = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                held.append(listener.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    use_smtp(settings, listener.getsockname()[1])
    settings.EMAIL_TIMEOUT = 0.3
    yield
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for connection in held:
        connection.close()
    thread.join(timeout=5)


@pytest.fixture
def no_server(settings: Any) -> None:
    """Settings that lead to a port where nobody listens."""
    use_smtp(settings, free_port())


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
    return port


def use_smtp(settings: Any, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
