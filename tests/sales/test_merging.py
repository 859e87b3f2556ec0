"""Two records of one person become one: everything goes along, once, and by the ledger's means."""

from __future__ import annotations

import datetime as dt

import pytest

from catalogue.models import Service
from clients.consents import has_consent, record_consent
from clients.errors import ClientGone, ClientJoined, LoginStays, OneRecord, TwoLogins
from clients.models import Client, StaffNote
from clients.notes import add_note
from clients.people import erase_personal_data, give_card_number, update_client
from clients.programme import leave_out
from foundation import clock as project_clock
from foundation.errors import FormAlreadyUsed, NotAllowed
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty.joining import gather_points
from loyalty.models import Award, AwardState, PointEntry
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from sales.handing_over import Holdings
from sales.marking import mark_no_show
from sales.merging import Preview, merge_clients, preview_merge
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import ClientFactory, give_card, give_points, turn_off
from tests.sales.test_joining import violations
from tests.sales.test_visits import book

pytestmark = pytest.mark.django_db


@pytest.fixture
def twin(massage: Service) -> Client:
    """A second record of Alice, without a login: 40 points, a gift card."""
    record = ClientFactory(first_name="Alice", last_name="Andersson", email="al@example.test")
    give_points(record, 40)
    give_card(record)
    return record


def merge(source: Client, target: Client, actor: User, token: str = "") -> Client:
    return merge_clients(
        source=source, target=target, form_token=token or new_form_token(), actor=actor
    )


def test_merge_takes_everything_by_a_pair_of_entries(
    alice: Client, twin: Client, massage: Service, tomorrow_ten: dt.datetime, maria: User
) -> None:
    give_points(alice, 300)
    visit = book(twin, massage, tomorrow_ten)
    card = twin.gift_cards.get()
    before = list(PointEntry.objects.order_by("pk").values())

    merge(twin, alice, maria)

    visit.refresh_from_db()
    card.refresh_from_db()
    assert (visit.client, visit.sale.client, card.owner) == (alice, alice, alice)
    assert (balance_of(twin), balance_of(alice)) == (0, 340)
    assert list(PointEntry.objects.order_by("pk").values())[: len(before)] == before
    pair = PointEntry.objects.filter(kind="transfer").order_by("amount")
    assert [(e.amount, e.description) for e in pair] == [
        (-40, "From another record of yours"),
        (40, "From another record of yours"),
    ]
    award = Award.objects.get(state=AwardState.PROMISED)
    assert (award.account.client, visit.sale.lines.get().award) == (alice, award)
    twin.refresh_from_db()
    assert (twin.joined_to, twin.email, twin.first_name) == (alice, "", f"#{twin.public_id}")
    assert violations() == []


def test_preview_tells_both_and_the_sum(
    alice: Client, twin: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    give_points(alice, 300)
    book(twin, massage, tomorrow_ten)
    book(alice, massage, tomorrow_ten + dt.timedelta(hours=2))

    preview = preview_merge(source=twin, target=alice)

    assert preview == Preview(source=Holdings(1, 1, 40, 60), target=Holdings(1, 0, 300, 60))
    assert preview.together == Holdings(visits=2, cards=1, points=340, on_the_way=120)


def test_preview_asks_a_fixed_number_of_times(
    alice: Client,
    twin: Client,
    massage: Service,
    tomorrow_ten: dt.datetime,
    django_assert_num_queries,
) -> None:
    for number in range(3):
        book(twin, massage, tomorrow_ten + dt.timedelta(hours=number))

    with django_assert_num_queries(4):
        preview_merge(source=twin, target=alice)


def test_one_form_merges_once(alice: Client, twin: Client, maria: User) -> None:
    token = new_form_token()

    assert merge(twin, alice, maria, token) == merge(twin, alice, maria, token) == alice
    with pytest.raises(FormAlreadyUsed):
        merge(ClientFactory(), alice, maria, token)

    assert PointEntry.objects.filter(kind="transfer").count() == 2
    assert balance_of(alice) == 40


def test_a_second_form_finds_the_record_merged(alice: Client, twin: Client, maria: User) -> None:
    merge(twin, alice, maria)

    with pytest.raises(ClientJoined):
        merge(twin, alice, maria)
    with pytest.raises(ClientJoined):
        merge(ClientFactory(), twin, maria)


def test_two_logins_are_not_merged(alice: Client, bob: Client, maria: User) -> None:
    with pytest.raises(TwoLogins):
        merge(alice, bob, maria)


def test_the_record_with_the_login_stays(alice: Client, twin: Client, maria: User) -> None:
    with pytest.raises(LoginStays):
        merge(alice, twin, maria)

    merge(twin, alice, maria)
    alice.refresh_from_db()
    assert alice.user is not None


def test_the_desk_does_not_merge(alice: Client, twin: Client, daisy: User) -> None:
    with pytest.raises(NotAllowed):
        merge(twin, alice, daisy)


def test_a_record_is_not_merged_with_itself(twin: Client, maria: User) -> None:
    with pytest.raises(OneRecord):
        merge(twin, twin, maria)


def test_an_erased_record_is_not_merged(alice: Client, twin: Client, maria: User) -> None:
    erase_personal_data(client=twin, actor=None)

    with pytest.raises(ClientGone):
        merge(twin, alice, maria)
    with pytest.raises(ClientGone):
        merge(ClientFactory(), twin, maria)


def test_contact_that_is_there_stays_and_what_is_missing_is_filled(
    twin: Client, maria: User
) -> None:
    kept = ClientFactory(first_name="Alice", last_name="", email="", phone="+358401234567")
    update_client(client=twin, actor=None, phone="+358409999999", allergies="Nuts", note="Tea")
    update_client(client=kept, actor=None, allergies="Latex")
    number = give_card_number(client=twin).card_number

    merge(twin, kept, maria)

    kept.refresh_from_db()
    assert (kept.last_name, kept.email, kept.phone.as_e164) == (
        "Andersson",
        "al@example.test",
        "+358401234567",
    )
    assert (kept.allergies, kept.note, kept.card_number) == ("Latex; Nuts", "Tea", number)
    assert "andersson al@example.test" in kept.search_name


def test_notes_go_along(alice: Client, twin: Client, maria: User) -> None:
    add_note(client=twin, text="Prefers mornings", form_token=new_form_token(), actor=maria)
    update_client(client=twin, actor=None, note="Likes tea")
    update_client(client=alice, actor=None, note="Likes coffee")

    merge(twin, alice, maria)

    alice.refresh_from_db()
    assert alice.note == "Likes coffee"
    assert {(note.client, note.text) for note in StaffNote.objects.all()} == {
        (alice, "Prefers mornings"),
        (alice, "Likes tea"),
    }


def test_consent_stays_with_its_record(alice: Client, twin: Client, maria: User) -> None:
    record_consent(client=twin, granted=True, language="en", source="desk", actor=maria)

    merge(twin, alice, maria)

    assert not has_consent(alice.pk)
    assert not has_consent(twin.pk)


def test_merging_is_no_way_back_into_the_programme(
    alice: Client, twin: Client, maria: User
) -> None:
    leave_out(client=twin, reason="Is staff herself", actor=maria)

    merge(twin, alice, maria)

    alice.refresh_from_db()
    assert (alice.left_out_at, alice.left_out_reason) == (
        project_clock.now(),
        "Is staff herself",
    )


def test_merging_works_while_loyalty_is_off(alice: Client, twin: Client, maria: User) -> None:
    turn_off("loyalty")

    merge(twin, alice, maria)

    assert balance_of(alice) == 40


def test_a_hole_moves_whole_also_when_it_comes_late(
    alice: Client,
    twin: Client,
    massage: Service,
    tomorrow_ten: dt.datetime,
    maria: User,
    clock: Clock,
) -> None:
    booking = book(twin, massage, tomorrow_ten).bookings.get()
    clock.move_to(booking.ends_at + dt.timedelta(hours=4))
    credit_due_awards()
    merge(twin, alice, maria)
    assert balance_of(alice) == 100

    mark_no_show(booking=booking, actor=maria)
    gather_points()

    assert (balance_of(twin), balance_of(alice)) == (0, 40)
    late = PointEntry.objects.filter(account__client=alice).order_by("-sequence").first()
    assert late is not None
    assert (late.amount, late.description) == (-60, "From another record of yours")
    assert violations() == []


def test_a_record_that_had_gone_into_the_other_follows(
    alice: Client,
    twin: Client,
    massage: Service,
    tomorrow_ten: dt.datetime,
    maria: User,
    clock: Clock,
) -> None:
    first = ClientFactory(first_name="Alice")
    booking = book(first, massage, tomorrow_ten).bookings.get()
    clock.move_to(booking.ends_at + dt.timedelta(hours=4))
    credit_due_awards()
    merge(first, twin, maria)
    merge(twin, alice, maria)

    first.refresh_from_db()
    assert first.joined_to == alice
    assert balance_of(alice) == 100

    mark_no_show(booking=booking, actor=maria)
    gather_points()

    assert [balance_of(each) for each in (first, twin, alice)] == [0, 0, 40]
    assert violations() == []


def test_what_is_on_the_way_is_cancelled_with_the_visit(
    alice: Client, twin: Client, massage: Service, tomorrow_ten: dt.datetime, maria: User
) -> None:
    visit = book(twin, massage, tomorrow_ten)
    merge(twin, alice, maria)

    cancel_visit(visit=visit, actor=maria)

    assert not Award.objects.filter(state=AwardState.PROMISED).exists()
    assert violations() == []


def test_merging_changes_all_or_nothing(
    alice: Client, twin: Client, maria: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("sales.handing_over.keep_card_number", fail)

    with pytest.raises(RuntimeError):
        merge(twin, alice, maria)

    assert (balance_of(twin), balance_of(alice)) == (40, 0)
    assert twin.gift_cards.count() == 1
    twin.refresh_from_db()
    assert twin.joined_to is None
