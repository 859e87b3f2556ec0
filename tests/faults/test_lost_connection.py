"""F10: the connection is lost during COMMIT, so nobody knows whether it counted. A retry with the
same key tells which it was, and the thing is done once either way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import psycopg
import pytest
from django.db import OperationalError, connection

from bookings.lines import Line
from bookings.models import Source, Visit
from clients.models import Client
from foundation.form_tokens import new_form_token
from giftcards.models import GiftCard, GiftCardType
from loyalty.models import PointEntry
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from notifications.models import Message
from sales.exchange import exchange_points_for_card
from sales.models import Sale
from sales.visits import book_visit
from tests.conftest import Clock
from tests.factories import (
    EarningRuleFactory,
    ProviderFactory,
    ServiceFactory,
    give_points,
    turn_on,
)
from tests.faults.cut_line import line_cut_at_commit
from tests.faults.whole import audit_is_clean
from tests.loyalty.conftest import Promise

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

TOMORROW_10 = dt.datetime(2025, 11, 5, 8, 0, tzinfo=dt.UTC)


_ADDRESS = ("host", "port", "user", "password", "dbname")


def end_all_sessions() -> Callable[[], None]:
    """What a failover or an administrator does: end every other session of this database."""
    parameters = connection.get_connection_params()
    address = {name: parameters[name] for name in parameters if name in _ADDRESS}

    def end() -> None:
        with psycopg.connect(autocommit=True, **address) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    return end


def lose_commit(
    *, server_committed: bool, command: Callable[[], object], after: bytes = b""
) -> None:
    """Run ``command`` and lose the connection at its COMMIT."""
    before = None if server_committed else end_all_sessions()
    with line_cut_at_commit(before, after=after), pytest.raises(OperationalError):
        command()


@pytest.fixture(params=[False, True], ids=["session ended before", "answer lost after"])
def server_committed(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_booking_is_made_once(alice: Client, server_committed: bool) -> None:
    turn_on("loyalty")
    service = ServiceFactory(providers=[ProviderFactory()])
    EarningRuleFactory(service=service)
    token = new_form_token()

    def command() -> Visit:
        return book_visit(
            client=alice,
            guest=None,
            lines=[Line(service)],
            starts_at=TOMORROW_10,
            source=Source.ONLINE,
            form_token=token,
            actor=alice.user,
        )

    lose_commit(server_committed=server_committed, command=command)

    assert Visit.objects.count() == server_committed
    visit = command()
    assert (Visit.objects.get(), Sale.objects.get().visit) == (visit, visit)
    assert [message.kind for message in Message.objects.all()] == ["visit_booked"]
    assert audit_is_clean()


def test_card_is_bought_with_points_once(
    alice: Client, fifty: GiftCardType, server_committed: bool
) -> None:
    give_points(alice, 820)
    token = new_form_token()

    def command() -> GiftCard:
        return exchange_points_for_card(
            client=alice, card_type=fifty, form_token=token, actor=alice.user
        )

    lose_commit(server_committed=server_committed, command=command)

    assert balance_of(alice) == (320 if server_committed else 820)
    card = command()
    assert (GiftCard.objects.get(), balance_of(alice)) == (card, 320)
    assert audit_is_clean()


def test_award_is_credited_once(
    alice: Client, promise: Promise, clock: Clock, server_committed: bool
) -> None:
    award = promise(alice)
    clock.advance(hours=5)

    lose_commit(
        server_committed=server_committed,
        command=credit_due_awards,
        after=b"UPDATE loyalty_award",
    )

    assert balance_of(alice) == (60 if server_committed else 0)
    assert credit_due_awards().credited == (0 if server_committed else 1)
    award.refresh_from_db()
    assert (award.state, balance_of(alice), PointEntry.objects.count()) == ("credited", 60, 1)
