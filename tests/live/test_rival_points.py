"""Twenty posts at once on points, gift cards and the switches they hang on."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from business.features import get_features
from clients.models import Client
from giftcards.models import GiftCard
from loyalty.models import CorrectionRequest, PointEntry
from loyalty.points import balance_of
from tests.factories import (
    ClientFactory,
    GiftCardTypeFactory,
    ask_for_points,
    give_card,
    give_points,
    turn_off,
    turn_on,
)
from tests.live.rivals import RIVALS, same_place, statuses, together
from tests.live.salon import Salon
from tests.live.server import Press, Visitor

pytestmark = [
    pytest.mark.postgres_only,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


def test_a_guest_joined_twenty_times_is_joined_once(salon: Salon) -> None:
    client = salon.client()
    assert client.user is not None
    EmailAddress.objects.create(
        user=client.user, email=client.user.email, verified=True, primary=True
    )
    guest = ClientFactory(first_name="Guest", email=client.email)
    give_points(guest, 340)
    give_card(guest)
    path = reverse("website:guest_bookings")
    visitor = salon.visitor(client)

    form = visitor.form(path)
    answers = together([visitor.press(path, **form, record=guest.public_id)] * RIVALS)

    assert same_place(answers) == reverse("website:account")
    assert (balance_of(client), balance_of(guest)) == (340, 0)
    assert PointEntry.objects.filter(account__client=client, kind="transfer").count() == 1
    assert client.gift_cards.count() == 1


def test_a_record_merged_twenty_times_is_merged_once(salon: Salon) -> None:
    """Half of the forms are one and the same, the others from pages of their own."""
    client = salon.client(points=300)
    twin = ClientFactory(first_name="Twin")
    give_points(twin, 40)
    give_card(twin)
    desk, path = salon.desk(), reverse("backoffice:client-merge", args=[twin.pk])
    look = f"{path}?into={client.pk}"
    presses = [desk.press(path, **desk.form(look, "into")) for _ in range(RIVALS // 2)]

    answers = together([*presses, *presses[:1] * (RIVALS // 2)])

    # Who comes after the first is led on, or told that the record was joined.
    assert {answer.status for answer in answers} <= {302, 409}
    assert (balance_of(client), balance_of(twin)) == (340, 0)
    assert PointEntry.objects.filter(account__client=client, kind="transfer").count() == 1
    assert client.gift_cards.count() == 1


def test_one_form_sent_twenty_times_is_one_card(salon: Salon) -> None:
    client, card_type = salon.client(points=5000), salon.reward()
    path = reverse("website:gift_card_points", args=[card_type.slug])
    visitor = salon.visitor(client)

    answers = together([visitor.press(path, **visitor.form(path, "form_token"))] * RIVALS)

    card = GiftCard.objects.get(owner=client)
    assert same_place(answers) == reverse("website:gift_card", args=[card.token])
    assert balance_of(client) == 4500


def test_twenty_forms_want_the_last_points(salon: Salon) -> None:
    client, card_type = salon.client(points=999), salon.reward()
    path = reverse("website:gift_card_points", args=[card_type.slug])
    visitor = salon.visitor(client)
    presses = [visitor.press(path, **visitor.form(path, "form_token")) for _ in range(RIVALS)]

    answers = together(presses)

    assert statuses(answers) == {302: 1, 409: RIVALS - 1}
    assert (balance_of(client), GiftCard.objects.filter(owner=client).count()) == (499, 1)


def test_cards_are_chosen_while_loyalty_is_switched_off(salon: Salon) -> None:
    client, card_type = salon.client(points=50_000), salon.reward()
    path = reverse("website:gift_card_points", args=[card_type.slug])
    visitor, desk = salon.visitor(client), salon.desk()
    presses = [visitor.press(path, **visitor.form(path, "form_token")) for _ in range(RIVALS - 1)]
    off = reverse("backoffice:feature-off", args=["loyalty"])
    presses.insert(RIVALS // 2, desk.press(off, **desk.form(off)))

    answers = together(presses)

    assert statuses(answers) == {302: RIVALS}
    cards = {reverse("website:gift_card", args=[c.token]) for c in client.gift_cards.all()}
    closed = {reverse("website:gift_cards"), reverse("backoffice:feature", args=["loyalty"])}
    assert {answer.place for answer in answers} <= cards | closed
    assert len([answer for answer in answers if answer.place in cards]) == len(cards)
    assert balance_of(client) == 50_000 - 500 * len(cards)
    assert not get_features().loyalty


def correction(visitor: Visitor, client: Client, amount: int) -> Press:
    path = reverse("reports:add-points")
    form = visitor.form(f"{path}?client={client.pk}", "token")
    words = {"client": client.pk, "amount": amount, "description": "A correction", "tell": "on"}
    return visitor.press(path, **form | words)


def test_points_added_twenty_times_by_one_form_are_added_once(salon: Salon) -> None:
    client, desk = salon.client(), salon.desk()

    answers = together([correction(desk, client, 340)] * RIVALS)

    entry = PointEntry.objects.get(account__client=client)
    assert f"new={entry.pk}" in same_place(answers)
    assert balance_of(client) == 340


def test_twenty_corrections_want_the_last_points(salon: Salon) -> None:
    client, desk = salon.client(points=100), salon.desk()

    answers = together([correction(desk, client, -60) for _ in range(RIVALS)])

    assert statuses(answers) == {302: 1, 422: RIVALS - 1}
    assert balance_of(client) == 40


# --- switches ---------------------------------------------------------------------------------


def test_features_that_exclude_each_other_are_switched_on_at_once(salon: Salon) -> None:
    turn_on("payments", "client_login", "coupons", "gift_cards")
    turn_off("loyalty", "clean_history")
    desk, presses = salon.desk(), []
    for code in ("loyalty", "clean_history"):
        path = reverse("backoffice:feature-on", args=[code])
        presses.append(desk.press(path, **desk.form(path)))

    answers = together(presses * (RIVALS // 2))

    features = get_features()
    assert features.loyalty != features.clean_history
    ahead, behind = (answers[::2], answers[1::2])[:: 1 if features.loyalty else -1]
    assert statuses(ahead) == {302: RIVALS // 2}
    assert statuses(behind) == {409: RIVALS // 2}
    turn_off("clean_history")


def test_a_feature_switched_off_twenty_times_is_off(salon: Salon) -> None:
    turn_off("loyalty")
    turn_on("clean_history")
    desk, path = salon.desk(), reverse("backoffice:feature-off", args=["clean_history"])

    answers = together([desk.press(path, **desk.form(path))] * RIVALS)

    assert same_place(answers) == reverse("backoffice:feature", args=["clean_history"])
    assert not get_features().clean_history


# --- gift cards at the desk -------------------------------------------------------------------


def test_a_card_issued_twenty_times_is_one_card(salon: Salon) -> None:
    client, card_type, desk = salon.client(), GiftCardTypeFactory(), salon.desk()
    path = reverse("admin:giftcards_giftcard_issue")
    words = {"card_type": card_type.pk, "owner": client.pk, "description": "Sorry for the wait"}
    form = desk.form(path, "token") | words

    answers = together([desk.press(path, **form)] * RIVALS)

    card = GiftCard.objects.get(owner=client)
    assert same_place(answers) == reverse("admin:giftcards_giftcard_change", args=[card.pk])
    assert card.entries.count() == 1


def test_a_card_voided_twenty_times_gives_points_back_once(salon: Salon) -> None:
    """Half of the forms are one and the same, the others from pages of their own."""
    client = salon.client(points=600)
    card = salon.chosen_card(client, salon.reward())
    desk, path = salon.desk(), reverse("admin:giftcards_giftcard_void", args=[card.pk])
    presses = [
        desk.press(path, **desk.form(path, "token") | {"description": "A mistake"})
        for _ in range(RIVALS // 2)
    ]

    answers = together([*presses, *presses[:1] * (RIVALS // 2)])

    assert same_place(answers) == reverse("admin:giftcards_giftcard_change", args=[card.pk])
    card.refresh_from_db()
    assert (card.balance, balance_of(client)) == (0, 600)
    assert PointEntry.objects.filter(account__client=client, kind="return").count() == 1


def a_request(client: Client) -> str:
    """The address of a request that somebody else has made."""
    return reverse("reports:request", args=[ask_for_points(client).pk])


def test_a_request_approved_twenty_times_adds_once(salon: Salon) -> None:
    client, desk = salon.client(), salon.desk()
    path = a_request(client)

    answers = together(
        [desk.press(path, **desk.form(path, "answer") | {"step": "approve"})] * RIVALS
    )

    assert same_place(answers) == reverse("reports:requests")
    assert balance_of(client) == 5000


def test_a_request_is_approved_and_declined_at_once(salon: Salon) -> None:
    client, desk = salon.client(), salon.desk()
    path = a_request(client)
    form = desk.form(path, "answer") | {"answer": "So"}
    presses = [
        desk.press(path, **form | {"step": ("approve", "decline")[number % 2]})
        for number in range(RIVALS)
    ]

    answers = together(presses)

    # One person decides the same again without harm, and never both.
    assert statuses(answers) == {302: RIVALS // 2, 409: RIVALS // 2}
    asked = CorrectionRequest.objects.get()
    assert balance_of(client) == (5000 if asked.state == "approved" else 0)


def test_a_correction_taken_back_twenty_times_is_taken_once(salon: Salon) -> None:
    client, desk = salon.client(), salon.desk()
    entry = give_points(client, 340)
    path = reverse("reports:take-back", args=[entry.pk])

    answers = together([desk.press(path, **desk.form(path, "expected"))] * RIVALS)

    undone = PointEntry.objects.get(reverses=entry)
    assert f"new={undone.pk}" in same_place(answers)
    assert balance_of(client) == 0
