"""A guest's records join an account: everything they have, once, and by the ledger's own means."""

from __future__ import annotations

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from bookings.models import ClassSession, Visit, WaitingPlace, WaitingState
from business.profile import get_business
from catalogue.models import Service
from clients.errors import ClientJoined
from clients.models import Client
from clients.people import create_client, search_clients
from foundation import clock as project_clock
from foundation.audit import load_checks
from foundation.locks import violated_constraint
from foundation.models import User
from giftcards.cards import spendable_cards_of
from giftcards.models import GiftCard
from loyalty.awards import reopen_award
from loyalty.joining import gather_points
from loyalty.models import Award, AwardState, DropReason, PointEntry
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from notifications.models import Message
from notifications.sending import send_due_messages
from sales.joining import GuestRecord, guest_records, join_guest_records
from sales.marking import mark_no_show
from sales.models import Sale
from sales.visits import Guest, cancel_visit
from tests.conftest import Clock
from tests.factories import UserFactory, give_card, give_points
from tests.sales.test_visits import book

pytestmark = pytest.mark.django_db

GUEST = Guest("Greta", "Guest", "Greta@Example.test", "+358401234567", "en")


def prove(user: User, email: str = "", *, verified: bool = True) -> User:
    """As the accounts library does once the code was entered."""
    EmailAddress.objects.create(
        user=user, email=email or user.email, verified=verified, primary=not email
    )
    return user


@pytest.fixture
def greta(db: None) -> User:
    """Greta's login, with her address proved; no client record yet."""
    return prove(UserFactory(email="greta@example.test", name="Greta Guest"))


@pytest.fixture
def visit(massage: Service, tomorrow_ten: dt.datetime) -> Visit:
    """Booked as a guest: 72.00, 60 points on the way."""
    return book(None, massage, tomorrow_ten, guest=GUEST)


def guest_of(visit: Visit) -> Client:
    return Client.objects.get(pk=visit.client_id)


def join(user: User, *records: Client) -> int:
    return join_guest_records(user=user, public_ids=[record.public_id for record in records])


def violations() -> list[str]:
    return [line for run in load_checks().values() for line in run().violations]


def test_guest_records_tell_what_waits(
    visit: Visit, massage: Service, tomorrow_ten: dt.datetime, greta: User
) -> None:
    guest = guest_of(visit)
    give_points(guest, 40)
    give_card(guest)

    assert guest_records(greta) == [
        GuestRecord(guest.public_id, "Greta Guest", visits=1, cards=1, points=40, on_the_way=60)
    ]


def test_guest_records_are_asked_in_a_fixed_number_of_queries(
    visit: Visit,
    massage: Service,
    tomorrow_ten: dt.datetime,
    greta: User,
    django_assert_num_queries,
) -> None:
    for number in range(1, 4):
        book(None, massage, tomorrow_ten + dt.timedelta(hours=number), guest=GUEST)

    with django_assert_num_queries(6):
        assert len(guest_records(greta)) == 4


def test_join_takes_visits_sales_cards_awards_and_points(visit: Visit, greta: User) -> None:
    guest = guest_of(visit)
    give_points(guest, 40)
    card = give_card(guest)

    assert join(greta, guest) == 1

    account = Client.objects.get(user=greta)
    visit.refresh_from_db()
    assert (visit.client, visit.sale.client) == (account, account)
    assert [each.pk for each in spendable_cards_of(account)] == [card.pk]
    old, new = Award.objects.order_by("pk")
    assert (old.state, old.reason) == (AwardState.DROPPED, DropReason.JOINED)
    assert (new.state, new.points, new.due_at) == (AwardState.PROMISED, 60, old.due_at)
    assert (new.account.client, new.booking) == (account, old.booking)
    assert visit.sale.lines.get().award == new
    assert (balance_of(guest), balance_of(account)) == (0, 40)
    pair = PointEntry.objects.filter(kind="transfer").order_by("amount")
    assert [(e.amount, e.description) for e in pair] == [
        (-40, "From your bookings as a guest"),
        (40, "From your bookings as a guest"),
    ]
    guest.refresh_from_db()
    assert (guest.joined_to, guest.email, str(guest.phone)) == (account, "", "")
    assert "Greta" not in guest.full_name
    assert [each.pk for each in search_clients("greta")] == [account.pk]
    assert violations() == []


def test_join_repeated_changes_nothing(visit: Visit, greta: User) -> None:
    guest = guest_of(visit)
    give_points(guest, 40)
    join(greta, guest)
    entries = PointEntry.objects.count()

    assert join(greta, guest) == 0
    assert (PointEntry.objects.count(), Award.objects.count()) == (entries, 2)
    assert guest_records(greta) == []


def test_points_on_the_way_arrive_on_the_account(visit: Visit, greta: User, clock: Clock) -> None:
    join(greta, guest_of(visit))
    clock.advance(days=2)

    credit_due_awards()
    credit_due_awards()

    assert balance_of(Client.objects.get(user=greta)) == 60
    assert violations() == []


def test_points_credited_before_are_moved_and_taken_back_later_from_the_account(
    visit: Visit, greta: User, clock: Clock
) -> None:
    """The award stays with its entry: a no-show that is marked after the join leaves a hole on
    the guest's old account, which follows the points."""
    guest = guest_of(visit)
    clock.advance(days=2)
    credit_due_awards()
    join(greta, guest)
    account = Client.objects.get(user=greta)
    assert (balance_of(guest), balance_of(account)) == (0, 60)

    mark_no_show(booking=visit.bookings.get(), actor=None)
    assert (gather_points(), gather_points()) == (1, 0)

    assert (balance_of(guest), balance_of(account)) == (0, 0)
    assert violations() == []


def test_a_no_show_taken_back_after_the_join_promises_the_account(
    visit: Visit, greta: User, clock: Clock
) -> None:
    guest = guest_of(visit)
    clock.advance(days=2)
    credit_due_awards()
    join(greta, guest)
    marked = mark_no_show(booking=visit.bookings.get(), actor=None)

    award = reopen_award(booking=marked, business=get_business())

    assert award is not None
    assert award.account.client == Client.objects.get(user=greta)


def test_cancelling_after_the_join_drops_the_new_award_and_returns_the_card(
    massage: Service, tomorrow_ten: dt.datetime, greta: User, mailoutbox: list[object]
) -> None:
    card = give_card(None, 50_00)
    visit = book(None, massage, tomorrow_ten, guest=GUEST, card_ids=(card.pk,))
    join(greta, guest_of(visit))
    visit.refresh_from_db()

    cancel_visit(visit=visit, actor=None)

    assert not Award.objects.filter(state=AwardState.PROMISED).exists()
    card.refresh_from_db()
    assert card.balance == 50_00
    assert violations() == []


def test_mail_that_was_queued_for_the_guest_goes_to_the_account(
    visit: Visit, greta: User, mailoutbox: list[object]
) -> None:
    join(greta, guest_of(visit))

    send_due_messages()

    (mail,) = mailoutbox
    assert mail.to == ["greta@example.test"]  # type: ignore[attr-defined]
    assert mail.subject.startswith("Booked:")  # type: ignore[attr-defined]


def test_an_address_that_is_not_proved_joins_nothing(visit: Visit) -> None:
    user = prove(UserFactory(email="greta@example.test"), verified=False)

    assert guest_records(user) == []
    assert join(user, guest_of(visit)) == 0
    assert guest_of(visit).joined_to is None


def test_another_address_joins_nothing(visit: Visit, alice: Client) -> None:
    assert alice.user is not None
    prove(alice.user)

    assert guest_records(alice.user) == []
    assert join(alice.user, guest_of(visit)) == 0


def test_a_second_proved_address_counts_too(visit: Visit, alice: Client) -> None:
    assert alice.user is not None
    prove(alice.user)
    prove(alice.user, "greta@example.test")

    assert join(alice.user, guest_of(visit)) == 1
    visit.refresh_from_db()
    assert visit.client == alice


def test_a_record_with_a_login_is_never_joined(alice: Client) -> None:
    """Two logins cannot share an address, but a client record may say any."""
    other = prove(UserFactory(email="other@example.test"))
    Client.objects.filter(pk=alice.pk).update(email="other@example.test")

    assert guest_records(other) == []
    assert join(other, alice) == 0


def test_only_what_was_ticked_joins(
    visit: Visit, massage: Service, tomorrow_ten: dt.datetime, greta: User
) -> None:
    """A family shares the address."""
    emma = Guest("Emma", "Guest", "greta@example.test", "", "en")
    hers = book(None, massage, tomorrow_ten + dt.timedelta(hours=1), guest=emma)

    join(greta, guest_of(visit))

    hers.refresh_from_db()
    assert hers.client is not None
    assert hers.client.first_name == "Emma"
    assert [record.name for record in guest_records(greta)] == ["Emma Guest"]


def test_allergies_go_along_and_each_is_told_once(visit: Visit, greta: User) -> None:
    assert visit.client is not None
    account = create_client(first_name="Greta", user=greta, allergies="Nuts", actor=None)
    others = [
        create_client(first_name="Greta", email=greta.email, allergies=told, actor=None)
        for told in ("Nickel", "Nuts", "")
    ]
    ids = [each.public_id for each in (visit.client, *others)]

    join_guest_records(user=greta, public_ids=ids)

    account.refresh_from_db()
    assert account.allergies == "Nuts; Nickel"
    others[0].refresh_from_db()
    assert others[0].allergies == ""


def test_the_card_in_the_pocket_finds_the_account(visit: Visit, greta: User) -> None:
    """The number of the first record that has one, unless the account has its own."""
    assert visit.client is not None
    others = [
        create_client(first_name="Greta", email=greta.email, card_number=number, actor=None)
        for number in ("1001", "1002")
    ]
    join_guest_records(user=greta, public_ids=[others[0].public_id, visit.client.public_id])
    account = Client.objects.get(user=greta)
    assert account.card_number == "1001"

    join_guest_records(user=greta, public_ids=[others[1].public_id])
    account.refresh_from_db()
    others[1].refresh_from_db()
    assert (account.card_number, others[1].card_number) == ("1001", "")


def test_nothing_is_booked_for_a_joined_record(
    visit: Visit, massage: Service, tomorrow_ten: dt.datetime, greta: User
) -> None:
    guest = guest_of(visit)
    join(greta, guest)

    with pytest.raises(ClientJoined):
        book(guest, massage, tomorrow_ten + dt.timedelta(hours=2))


def test_a_card_chosen_by_points_keeps_its_debit(visit: Visit, greta: User) -> None:
    """The audit finds the debit on the account of the record that joined."""
    from foundation.form_tokens import new_form_token
    from sales.exchange import exchange_points_for_card
    from tests.factories import RewardFactory

    guest = guest_of(visit)
    give_points(guest, 500)
    exchange_points_for_card(
        client=guest,
        card_type=RewardFactory(points=500).gift_card_type,
        form_token=new_form_token(),
        actor=None,
        expected_points=500,
    )

    join(greta, guest)

    assert GiftCard.objects.get().owner == Client.objects.get(user=greta)
    assert violations() == []


def test_places_in_line_go_along_and_nobody_stands_twice(yoga: ClassSession, greta: User) -> None:
    account = create_client(first_name="Greta", user=greta, actor=greta)
    first, second = (
        create_client(first_name="Greta", email="greta@example.test", actor=None) for _ in "12"
    )

    def wait(client: Client, minutes: int) -> WaitingPlace:
        return WaitingPlace.objects.create(
            client=client,
            session=yoga,
            service=yoga.service,
            day=yoga.starts_at.date(),
            joined_at=project_clock.now() + dt.timedelta(minutes=minutes),
        )

    mine, older, younger = wait(account, 5), wait(first, 1), wait(second, 9)

    join(greta, first, second)

    for place in (mine, older, younger):
        place.refresh_from_db()
    assert {place.client for place in (mine, older, younger)} == {account}
    assert [place.state for place in (mine, older, younger)] == [
        WaitingState.LEFT,
        WaitingState.WAITING,
        WaitingState.LEFT,
    ]


def test_every_relation_to_a_client_is_decided() -> None:
    """A new table that points at a client must say what joining does with it."""
    moved = {
        "Visit.client",
        "Sale.client",
        "GiftCard.owner",
        "WaitingPlace.client",
        "StaffNote.client",
    }
    by_entries = {"PointAccount.client"}
    stays = {"ConsentRecord.client", "Message.client", "Client.joined_to"}
    found = {
        f"{relation.related_model.__name__}.{relation.field.name}"
        for relation in Client._meta.related_objects
        if not relation.related_model.__name__.startswith("Historical")
    }

    assert found == moved | by_entries | stays


def test_database_keeps_a_joined_record_bare(alice: Client, bob: Client) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Client.objects.filter(pk=bob.pk).update(joined_to=alice)

    assert "client_joined_is_bare" in violated_constraint(refused.value)


def test_the_account_of_a_joined_record_is_not_deleted(visit: Visit, greta: User) -> None:
    guest = guest_of(visit)
    join(greta, guest)
    Sale.objects.update(client=None)
    Message.objects.all().delete()

    with pytest.raises(ProtectedError):
        Client.objects.get(user=greta).delete()
