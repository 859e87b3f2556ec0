"""The demo data: told whole, quiet afterwards, and never told twice. A short story stands in for
the half year; `.ci/run` loads the long one."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db.models import Count, Max

from bookings.models import (
    Booking,
    BookingAddOn,
    BookingStatus,
    ClassSession,
    Occupation,
    OccupationKind,
    ResourceOccupation,
    Visit,
)
from bookings.waiting import places_in_line_of
from business.models import SpecialDay
from catalogue.models import ServiceProvider
from clients.models import Client
from giftcards.models import GiftCard
from loyalty.history import on_the_way
from loyalty.models import PointEntry
from loyalty.points import balance_of
from loyalty_site.demo import half_year, setting_up
from loyalty_site.demo_accounts import DEMO_ACCOUNTS
from notifications.models import Message

pytestmark = pytest.mark.django_db

# What the two demo clients have: enough for a card, and too few (ux D5).
ENOUGH, TOO_FEW = 820, 340


@pytest.fixture
def short_story(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(half_year, "DAYS_BACK", 9)
    monkeypatch.setattr(half_year, "DAYS_AHEAD", 5)
    monkeypatch.setattr(half_year, "CLASS_DAYS_AHEAD", 5)
    monkeypatch.setattr(setting_up, "CLIENTS", 110)


def contents() -> dict[str, tuple[int, object]]:
    """How many rows each table has, and the last key that it gave."""
    tables = [model for model in apps.get_models() if model._meta.managed]
    return {
        model._meta.label: (
            model._default_manager.count(),
            model._default_manager.aggregate(last=Max("pk"))["last"],
        )
        for model in tables
    }


def test_seed_demo_tells_its_story_once(
    short_story: None, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("seed_demo")

    for account in DEMO_ACCOUNTS:
        assert authenticate(username=account.email, password=account.password), account.email
    mette = Client.objects.get(email="client@demo.test")
    assert balance_of(mette) == ENOUGH
    assert on_the_way(mette)
    assert balance_of(Client.objects.get(email="low@demo.test")) == TOO_FEW
    statuses = set(Booking.objects.values_list("status", flat=True))
    assert {BookingStatus.BOOKED, BookingStatus.COMPLETED, BookingStatus.CANCELLED} <= statuses
    assert PointEntry.objects.exists()
    assert GiftCard.objects.exists()

    _shows_one_of_everything(mette)

    # Starting the worker afterwards mails nobody about the past.
    assert Message.objects.exists()
    assert not Message.objects.exclude(state=Message.State.SENT).exists()
    call_command("audit_ledger")

    before = contents()
    capsys.readouterr()
    call_command("seed_demo")
    assert "there already" in capsys.readouterr().out
    assert contents() == before


def _shows_one_of_everything(mette: Client) -> None:
    """What a stranger would look for and not find in an empty house."""
    assert BookingAddOn.objects.exists()
    assert Visit.objects.annotate(many=Count("bookings")).filter(many__gt=1).exists()
    assert ResourceOccupation.objects.filter(booking__isnull=False).exists()
    assert ClassSession.objects.filter(rule__isnull=False, booked_places__gt=0).exists()
    assert Occupation.objects.filter(kind=OccupationKind.TIME_OFF).exists()
    assert ServiceProvider.objects.filter(price_minor__isnull=False).exists()
    assert SpecialDay.objects.exists()
    assert [(place.state, place.session is not None) for place in places_in_line_of(mette.pk)] == [
        ("offered", True),
        ("waiting", True),
    ]
    low = Client.objects.get(email="low@demo.test")
    assert [place.session for place in places_in_line_of(low.pk)] == [None]


def test_seed_demo_that_is_stopped_leaves_an_empty_house(
    short_story: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a story would make the next run believe that all of it is there."""

    def power_cut(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(half_year.HalfYear, "_plan_cards_and_corrections", power_cut)
    before = contents()

    with pytest.raises(KeyboardInterrupt):
        call_command("seed_demo")

    assert contents() == before
