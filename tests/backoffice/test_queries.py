"""Every list asks the database as often for 30 rows as for one (performance P-W1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from bookings.sessions import create_session
from clients.models import Client
from foundation.models import User
from notifications.outbox import queue_message
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    EarningRuleFactory,
    ProviderFactory,
    RewardFactory,
    ServiceFactory,
    UserFactory,
    book,
    give_card,
    give_points,
    turn_on,
)

LISTS = [
    "",
    "catalogue/appointmentservice/",
    "catalogue/classservice/",
    "catalogue/category/",
    "catalogue/provider/",
    "bookings/classsession/",
    "clients/client/",
    "giftcards/giftcardtype/",
    "giftcards/giftcard/",
    "foundation/user/",
    "auth/group/",
    "notifications/message/",
    "loyalty/pointentry/",
    "loyalty/award/",
    "giftcards/cardentry/",
    "sales/payment/",
]


@pytest.fixture
def add_rows(db: None, daisy: User) -> Callable[[int], None]:
    """One of everything that is listed, each with owners and relations of its own."""
    turn_on("loyalty")

    def add(number: int) -> None:
        provider = ProviderFactory(
            name=f"P{number}", user=UserFactory(email=f"p{number}@salon.test", is_staff=True)
        )
        provider.user.groups.set(daisy.groups.all())
        service = ServiceFactory(providers=[provider])
        EarningRuleFactory(service=service)
        lesson = ClassServiceFactory()
        RewardFactory()
        person: Client = ClientFactory()
        give_points(person, 100)
        card = give_card(person)
        start = Clock.START.replace(hour=12)
        book(person, service, start, provider=provider, card_ids=(card.pk,))
        create_session(
            service=lesson, provider=provider, starts_at=start + dt.timedelta(hours=3), actor=None
        )
        queue_message(kind="points_added", client=person, dedupe_key=f"query-test-{number}")

    return add


def test_lists_ask_as_often_for_thirty_rows_as_for_one(
    client: Browser, olga: User, add_rows: Callable[[int], None], clock: Clock
) -> None:
    client.force_login(olga)

    def counts() -> dict[str, int]:
        found = {}
        for path in LISTS:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(f"/admin/{path}").status_code == 200
            found[path] = len(queries)
        return found

    add_rows(0)
    counts()  # content types and the like are read once per process
    one = counts()
    for number in range(1, 30):
        add_rows(number)

    assert counts() == one
    assert max(one.values()) <= 21
