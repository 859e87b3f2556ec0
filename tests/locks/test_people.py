"""Locks on clients, logins, the row of switches, the business and its texts."""

from __future__ import annotations

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.test import Client as Browser
from django.urls import reverse

from bookings.models import Visit
from business.features import set_feature
from business.models import Business, Features
from catalogue.models import Service
from clients.errors import ClientGone, ClientJoined
from clients.models import Client, StaffNote
from clients.notes import add_note
from clients.people import client_for_user, erase_personal_data, give_card_number, update_client
from clients.programme import leave_out
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty.models import Award
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from notifications.kinds import get_kind
from notifications.models import MessageTemplate
from notifications.texts import reset_text, save_text
from sales.joining import join_guest_records
from sales.merging import merge_clients
from tests.conftest import Clock
from tests.factories import (
    ClientFactory,
    EarningRuleFactory,
    ProviderFactory,
    UserFactory,
    book,
    turn_on,
)
from tests.locks.rival import after_rival

pytestmark = [pytest.mark.postgres_only, pytest.mark.usefixtures("db")]

A_DAY = dt.timedelta(days=1)


def test_two_changes_of_one_client_are_both_kept(alice: Client) -> None:
    after_rival(
        lambda: update_client(client=alice, actor=None, last_name="Berg"),
        lambda: update_client(client=alice, actor=None, note="Likes tea"),
    )

    alice.refresh_from_db()
    assert (alice.last_name, alice.note) == ("Berg", "Likes tea")


def test_a_card_asked_for_twice_at_once_is_one(alice: Client) -> None:
    numbers = []
    after_rival(
        lambda: numbers.append(give_card_number(client=alice).card_number),
        lambda: numbers.append(give_card_number(client=alice).card_number),
    )

    alice.refresh_from_db()
    assert numbers == [alice.card_number] * 2


def test_erasing_keeps_what_was_changed_meanwhile(alice: Client) -> None:
    after_rival(
        lambda: update_client(client=alice, actor=None, language="fi"),
        lambda: erase_personal_data(client=alice, actor=None),
    )

    alice.refresh_from_db()
    assert (alice.language, alice.email) == ("fi", "")


def test_a_merge_waits_for_another_one(maria: User, bob: Client) -> None:
    source, target = ClientFactory(), ClientFactory()
    tokens = new_form_token(), new_form_token()

    outcome = after_rival(
        lambda: merge_clients(source=source, target=target, form_token=tokens[0], actor=maria),
        lambda: merge_clients(source=source, target=bob, form_token=tokens[1], actor=maria),
    )

    assert isinstance(outcome.result, ClientJoined)
    source.refresh_from_db()
    assert source.joined_to == target


def test_no_note_is_left_of_who_is_being_erased(alice: Client, daisy: User) -> None:
    token = new_form_token()

    outcome = after_rival(
        lambda: erase_personal_data(client=alice, actor=None),
        lambda: add_note(client=alice, text="Tea", form_token=token, actor=daisy),
    )

    assert isinstance(outcome.result, ClientGone)
    assert not StaffNote.objects.exists()


def test_a_client_left_out_twice_at_once_keeps_the_first_reason(alice: Client, maria: User) -> None:
    after_rival(
        lambda: leave_out(client=alice, reason="First", actor=maria),
        lambda: leave_out(client=alice, reason="Second", actor=maria),
    )

    alice.refresh_from_db()
    assert alice.left_out_reason == "First"


def test_the_record_of_a_login_is_made_once(db: None) -> None:
    user = UserFactory()

    outcome = after_rival(lambda: client_for_user(user), lambda: client_for_user(user))

    assert outcome.result == Client.objects.get()


def test_two_switches_at_once_are_both_turned(db: None) -> None:
    turn_on("coupons", "payments")

    after_rival(
        lambda: set_feature(code="coupons", on=False, actor=None),
        lambda: set_feature(code="payments", on=False, actor=None),
    )

    features = Features.objects.get()
    assert (features.coupons, features.payments) == (False, False)


@pytest.fixture
def guest(alice: Client) -> Client:
    """A record without a login under the address that Alice proved."""
    turn_on("loyalty")
    assert alice.user is not None
    EmailAddress.objects.create(user=alice.user, email=alice.email, verified=True, primary=True)
    return ClientFactory(first_name="Guest", email=alice.email)


@pytest.fixture
def massage(db: None) -> Service:
    rule = EarningRuleFactory(service__providers=[ProviderFactory()], points=60)
    return rule.service


def test_a_join_waits_for_what_is_booked_meanwhile(
    alice: Client, guest: Client, massage: Service, clock: Clock
) -> None:
    outcome = after_rival(
        lambda: book(guest, massage, clock.now + A_DAY),
        lambda: join_guest_records(user=alice.user, public_ids=[guest.public_id]),
    )

    assert outcome.result == 1
    assert Visit.objects.get().client == alice


def test_a_join_waits_for_the_sweep(
    alice: Client, guest: Client, massage: Service, clock: Clock
) -> None:
    award = book(guest, massage, clock.now + A_DAY).bookings.get().awards.get()
    clock.move_to(award.due_at)

    outcome = after_rival(
        credit_due_awards,
        lambda: join_guest_records(user=alice.user, public_ids=[guest.public_id]),
    )

    assert outcome.result == 1
    assert (balance_of(guest), balance_of(alice)) == (0, 60)
    assert [each.state for each in Award.objects.all()] == ["credited"]


def test_a_text_that_is_reset_leaves_its_last_words_in_the_history(db: None) -> None:
    original = get_kind("visit_booked").original_text("en")

    def save(subject: str) -> MessageTemplate:
        return save_text(
            kind="visit_booked", language="en", subject=subject, body=original.body, actor=None
        )

    save("First words")

    after_rival(
        lambda: save("Last words"),
        lambda: reset_text(kind="visit_booked", language="en", actor=None),
    )

    deleted = MessageTemplate.history.get(history_type="-")
    assert deleted.subject == "Last words"
    assert not MessageTemplate.objects.exists()


def test_the_delay_leaves_a_true_row_in_the_history(db: None) -> None:
    """The history keeps whole rows: one that was read too early would take the name back."""
    browser = Browser()
    browser.force_login(UserFactory(is_staff=True, is_superuser=True))

    def rename() -> None:
        business = Business.objects.get()
        business.name = "The new name"
        business.save()

    outcome = after_rival(
        rename, lambda: browser.post(reverse("backoffice:feature-delay"), {"minutes": "200"})
    )

    assert outcome.result.status_code == 302
    newest = Business.history.latest()
    assert (newest.award_delay_minutes, newest.name) == (200, "The new name")
