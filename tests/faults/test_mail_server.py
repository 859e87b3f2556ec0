"""F13 to F15: a mail server that refuses, hangs or drops the line, at every moment of the
conversation. What must become of a mail depends on one thing only: may the letter have arrived?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any

import pytest

from clients.models import Client
from notifications.kinds import MessageKind
from notifications.models import Message
from notifications.outbox import queue_message
from notifications.sending import send_due_messages
from tests.conftest import Clock
from tests.faults.mail_server import DROP, HANG, BadMailServer
from tests.notifications.conftest import use_smtp

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Case:
    moment: str
    act: str
    keeps_letter: bool = False

    def __str__(self) -> str:
        return f"{self.moment}: {self.act}{', letter kept' if self.keeps_letter else ''}"


# Nothing can have left: tried again, nobody is blamed, no attempt is lost.
TRIED_AGAIN = [
    *[Case(m, act) for m in ("greeting", "EHLO", "MAIL", "RCPT") for act in (DROP, HANG)],
    *[Case(moment, "421 4.3.2 closing") for moment in ("greeting", "EHLO", "MAIL")],
    Case("greeting", "554 5.3.2 no service"),
    Case("MAIL", "451 4.3.0 later"),
    Case("MAIL", "550 5.7.1 this sender may not"),
    Case("RCPT", "450 4.2.1 mailbox busy"),
    Case("RCPT", "554 5.7.1 relaying denied"),
    Case("DATA", "451 4.3.0 later"),
    Case("letter", "452 4.3.1 no room now"),
]
# For good: the first such answer ends the tries (F15).
REFUSED = [
    Case("RCPT", "550 5.1.1 no such person"),
    Case("DATA", "554 5.6.0 not like this"),
    Case("letter", "554 5.6.0 not like this"),
    Case("letter", "550 5.1.1 no such person"),
]
BAD_ADDRESS = [case for case in REFUSED if "5.1.1" in case.act]
# The letter was handed over and the answer never came (F14).
UNKNOWN = [
    *[Case("DATA", act) for act in (DROP, HANG)],
    *[Case("letter", act, keeps) for act in (DROP, HANG) for keeps in (False, True)],
]
# The letter was taken, and the server said so: what becomes of the line is of no interest.
TAKEN = [
    *[Case(moment, act) for moment in ("after", "QUIT") for act in (DROP, HANG)],
    *[Case(moment, "421 4.4.2 closing") for moment in ("after", "QUIT")],
]


@pytest.fixture(params=["notice", "news"], ids=["service", "marketing"])
def kind(request: pytest.FixtureRequest) -> MessageKind:
    made: MessageKind = request.getfixturevalue(request.param)
    return made


def tried(case: Case, kind: MessageKind, to: Client, settings: Any) -> tuple[Message, list[bytes]]:
    """One try with the server as ``case`` says, and what the server has then."""
    message = queue_message(
        kind=kind.code, client=to, subjects={"number": 7}, dedupe_key=f"{kind.code}:7"
    )
    with BadMailServer(case.moment, case.act, keeps_letter=case.keeps_letter) as server:
        use_smtp(settings, server.port)
        settings.EMAIL_TIMEOUT = 0.3
        send_due_messages()
    message.refresh_from_db()
    return message, server.letters


def sent_after(message: Message, clock: Clock, settings: Any) -> list[bytes]:
    """What a server that is well gets in the next four days."""
    with BadMailServer("", "") as server:
        use_smtp(settings, server.port)
        for _ in range(8):
            clock.advance(hours=12)
            send_due_messages()
    message.refresh_from_db()
    return server.letters


@pytest.mark.parametrize("case", TRIED_AGAIN, ids=str)
def test_mail_that_cannot_have_left_is_sent_later_exactly_once(
    mette: Client,
    kind: MessageKind,
    case: Case,
    clock: Clock,
    settings: Any,
) -> None:
    message, letters = tried(case, kind, mette, settings)

    assert (message.state, message.attempts, message.unknown_outcomes) == ("pending", 1, 0)
    assert message.next_try_at == clock.now + dt.timedelta(minutes=1)
    assert letters == []
    assert len(sent_after(message, clock, settings)) == 1
    assert message.state == "sent"
    mette.refresh_from_db()
    assert mette.mail_refused_at is None


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_mail_that_is_refused_for_good_is_not_tried_again(
    mette: Client,
    kind: MessageKind,
    case: Case,
    clock: Clock,
    settings: Any,
) -> None:
    message, letters = tried(case, kind, mette, settings)

    assert (message.state, message.reason) == ("failed", "refused")
    assert letters + sent_after(message, clock, settings) == []
    mette.refresh_from_db()
    assert (mette.mail_refused_at is not None) == (case in BAD_ADDRESS)


@pytest.mark.parametrize("case", UNKNOWN, ids=str)
def test_mail_whose_outcome_is_unknown_is_repeated_for_service_only(
    mette: Client,
    kind: MessageKind,
    case: Case,
    clock: Clock,
    settings: Any,
) -> None:
    message, letters = tried(case, kind, mette, settings)
    later = sent_after(message, clock, settings)

    if kind.is_marketing:
        assert (message.state, message.reason, later) == ("dropped", "outcome_unknown", [])
        return
    assert (message.state, message.unknown_outcomes, len(later)) == ("sent", 1, 1)
    ids = {message_from_bytes(letter)["Message-ID"] for letter in letters + later}
    assert ids == {message.message_id}
    assert len(letters) == case.keeps_letter


@pytest.mark.parametrize("case", TAKEN, ids=str)
def test_mail_that_was_taken_counts_as_sent_once_whatever_becomes_of_the_line(
    mette: Client, kind: MessageKind, case: Case, clock: Clock, settings: Any
) -> None:
    message, letters = tried(case, kind, mette, settings)

    assert (message.state, message.reason, message.unknown_outcomes) == ("sent", "", 0)
    assert message.sent_at == clock.now
    assert len(letters) == 1
    assert sent_after(message, clock, settings) == []


@pytest.mark.parametrize("case", TAKEN, ids=str)
def test_the_mail_behind_one_that_was_taken_is_sent_once_as_well(
    mette: Client, notice: MessageKind, case: Case, clock: Clock, settings: Any
) -> None:
    """They share a line, which is gone before the second one begins."""
    queue_message(kind=notice.code, client=mette, subjects={"number": 6}, dedupe_key="notice:6")
    message, letters = tried(case, notice, mette, settings)

    letters += sent_after(message, clock, settings)

    assert not Message.objects.exclude(state="sent").exists()
    ids = [message_from_bytes(letter)["Message-ID"] for letter in letters]
    assert sorted(ids) == sorted(Message.objects.values_list("message_id", flat=True))


# What a mail server may do to a letter, from the first word to the last (RFC 5321, 4.3.2). Written
# down here and not where the server misbehaves: a moment that was forgotten there is missed.
CONVERSATION = ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "letter", "after", "QUIT"]


def test_a_letter_goes_through_every_moment(
    mette: Client, notice: MessageKind, settings: Any
) -> None:
    queue_message(kind=notice.code, client=mette, subjects={"number": 7}, dedupe_key="notice:7")
    with BadMailServer("", "") as server:
        use_smtp(settings, server.port)
        send_due_messages()

    assert server.moments == CONVERSATION


@pytest.mark.parametrize("act", [DROP, HANG])
def test_every_moment_of_the_conversation_is_tried(act: str) -> None:
    cases = [case for case in (*TRIED_AGAIN, *UNKNOWN, *TAKEN) if case.act == act]

    assert {case.moment for case in cases} == set(CONVERSATION)
