"""F47: SQLite's disk fills up in the middle of a command, at one table after the other.

The file may not grow, so the command fails at the first page that it needs more (SQLITE_FULL);
given one page more it fails at the next. Each failure leaves nothing, and the same key succeeds
as soon as there is room.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection

from bookings.lines import Line
from bookings.models import Booking, Occupation, Source, Visit
from catalogue.models import Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import FormUse
from giftcards.models import CardEntry, GiftCard, GiftCardType
from loyalty.models import Award, AwardState, PointAccount, PointEntry
from loyalty.sweep import credit_due_awards
from notifications.kinds import MessageKind
from notifications.models import Message
from notifications.outbox import queue_message
from notifications.sending import send_due_messages
from sales.exchange import exchange_points_for_card
from sales.models import Sale, SaleLine
from sales.visits import book_visit
from tests.conftest import Clock
from tests.factories import ProviderFactory, give_points
from tests.faults.backlog import make_backlog, make_people
from tests.faults.whole import audit_is_clean

pytestmark = pytest.mark.django_db(transaction=True)

REFUSALS = 12
MOST_COMMANDS = 400
WRITTEN = (
    *(Visit, Booking, Occupation, Sale, SaleLine, FormUse, Message),
    *(PointEntry, Award, GiftCard, CardEntry),
)


def pragma(words: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {words}")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def allow_pages(more: int) -> None:
    pragma(f"max_page_count = {pragma('page_count') + more}")


@pytest.fixture(autouse=True)
def small_disk(transactional_db: None) -> Iterator[None]:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's disk is not this test's to fill; read-only is tested above")
    yield
    pragma("max_page_count = 1073741823")


def state() -> list[Any]:
    rows = [model._default_manager.count() for model in WRITTEN]
    balances = list(PointAccount.objects.order_by("pk").values_list("balance", "last_sequence"))
    waiting = Award.objects.filter(state=AwardState.PROMISED, attempts=0).count()
    return [*rows, balances, waiting]


def run_on_a_full_disk(command: Callable[[int], object]) -> None:
    """``command(0)``, ``command(1)``, … each given one page more whenever it was refused."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # or free pages inside the file would do
    refused = 0
    for number in range(MOST_COMMANDS):
        if refused >= REFUSALS:
            break
        more = 0
        allow_pages(more)
        before = state()
        while is_refused(command, number):
            assert state() == before
            refused += 1
            more += 1
            allow_pages(more)
        assert state() != before
    assert refused >= REFUSALS
    pragma("max_page_count = 1073741823")


def is_refused(command: Callable[[int], object], number: int) -> bool:
    try:
        command(number)
    except OperationalError as error:
        if "full" not in str(error):
            raise
        return True
    return False


def test_sweep_fails_whole_and_goes_on_when_there_is_room(massage: Service, clock: Clock) -> None:
    chunk = 25
    people = make_people(20, 20, clock.now)
    make_backlog(people, massage, 60 * chunk, clock.now)
    hours = list(Award.objects.order_by("due_at").values_list("due_at", flat=True))
    clock.move_to(hours[-1])

    run_on_a_full_disk(lambda number: credit_due_awards(at=hours[chunk * (number + 1) - 1]))

    credit_due_awards()
    assert set(Award.objects.values_list("state", flat=True)) == {"credited"}
    assert PointEntry.objects.count() == Message.objects.count() == len(hours)
    assert audit_is_clean()


def test_exchange_fails_whole_and_the_same_form_succeeds_when_there_is_room(
    alice: Client, fifty: GiftCardType
) -> None:
    give_points(alice, 500 * MOST_COMMANDS)
    tokens = [new_form_token() for _ in range(MOST_COMMANDS)]

    run_on_a_full_disk(
        lambda number: exchange_points_for_card(
            client=alice, card_type=fifty, form_token=tokens[number], actor=alice.user
        )
    )

    bought = GiftCard.objects.count()
    assert PointEntry.objects.filter(kind="spend").count() == bought
    assert PointAccount.objects.get(client=alice).balance == 500 * (MOST_COMMANDS - bought)
    assert audit_is_clean()


def test_booking_fails_whole_and_the_same_form_succeeds_when_there_is_room(
    alice: Client, massage: Service, clock: Clock
) -> None:
    providers = [ProviderFactory(services=[massage]) for _ in range(MOST_COMMANDS // 5)]
    tokens = [new_form_token() for _ in range(MOST_COMMANDS)]
    first = dt.datetime(2025, 11, 5, 8, 0, tzinfo=dt.UTC)

    def book(number: int) -> Visit:
        return book_visit(
            client=alice,
            guest=None,
            lines=[Line(massage, providers[number // 5])],
            starts_at=first + dt.timedelta(hours=number % 5),
            source=Source.DESK,
            form_token=tokens[number],
            actor=None,
        )

    run_on_a_full_disk(book)

    booked = Visit.objects.count()
    assert Booking.objects.count() == Occupation.objects.count() == booked
    assert Award.objects.count() == Message.objects.count() == Sale.objects.count() == booked
    assert audit_is_clean()


def test_outbox_loses_and_repeats_nothing_on_a_full_disk(
    mette: Client,
    notice: MessageKind,
    news: MessageKind,
    clock: Clock,
    mailoutbox: list[Any],
) -> None:
    """A mail that left before its outcome could be written: one more try for service mail under
    its id, none for marketing."""
    for number in range(150):
        for kind in ("notice", "news"):
            queue_message(
                kind=kind,
                client=mette,
                subjects={"number": number},
                dedupe_key=f"{kind}:{number}",
            )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    refused, waiting = 0, Message.objects.filter(state__in=["pending", "sending"])
    for _ in range(300):
        if not waiting.exists():
            break
        allow_pages(0 if refused < REFUSALS else 100)
        refused += is_refused(lambda _number: send_due_messages(), 0)
        allow_pages(1)
        clock.advance(minutes=11)

    assert refused > 0
    assert not waiting.exists()
    copies = Counter(mail.extra_headers["Message-ID"] for mail in mailoutbox)
    for message in Message.objects.all():
        many = copies[message.message_id]
        marketing = message.kind == "news"
        assert many == 1 or (many == 2 and message.unknown_outcomes == 1 and not marketing)
        assert message.state == "sent" or message.reason == "outcome_unknown"
