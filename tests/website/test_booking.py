"""The booking flow: provider, time, details, review, book (C4 to C7)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from bookings.models import Hold, Visit
from business.models import SpecialDay
from clients.models import Client
from loyalty.models import Award
from tests.conftest import Clock
from tests.factories import ProviderFactory, ServiceFactory, book, give_card, turn_off, turn_on
from tests.website.booking import (
    GUEST,
    THURSDAY_10,
    aino,
    choose_time,
    give_details,
    last_button,
    massage,
    text_of,
)
from website.address_hints import likelier_address

pytestmark = pytest.mark.django_db

TIMES = "/book/deep-tissue/times/"


# --- with whom --------------------------------------------------------------------------------


def test_provider_step_offers_anyone_first(client: Browser) -> None:
    massage()
    page = client.get("/book/deep-tissue/")
    body = page.content.decode()
    assert 'value="any" checked' in body
    assert "Step 2 of 5" in text_of(page)
    assert body.index("Anyone available") < body.index("Aino") < body.index("Jonas")
    assert "Next: Tue 4 Nov 12:00" in text_of(page)


def test_provider_step_is_skipped_for_one_person(client: Browser) -> None:
    massage(providers=[ProviderFactory(name="Aino")])
    page = client.get("/book/deep-tissue/?draft=abc")
    assert page.status_code == 302
    assert page["Location"] == "/book/deep-tissue/times/?draft=abc"
    times = client.get(TIMES)
    assert "Step 2 of 4" in text_of(times)
    assert "Aino" in text_of(times)


def test_nobody_does_it_leads_to_the_phone(client: Browser) -> None:
    ServiceFactory(slug="deep-tissue")
    assert "Nobody takes online bookings" in text_of(client.get("/book/deep-tissue/"))
    assert "Nobody takes online bookings" in text_of(client.get(TIMES))


@pytest.mark.parametrize("path", ["/book/deep-tissue/", TIMES, "/services/deep-tissue/"])
def test_a_withdrawn_service_is_gone_and_names_similar_ones(client: Browser, path: str) -> None:
    service = massage(online=False)
    ServiceFactory(name_en="Swedish massage", category=service.category)
    page = client.get(path)
    assert page.status_code == 410
    assert "Swedish massage" in text_of(page)


# --- when -------------------------------------------------------------------------------------


def test_times_open_on_the_first_free_day(client: Browser) -> None:
    massage()
    page = client.get(TIMES)
    words = text_of(page)
    assert "First available Tue 4 Nov 12:00" in words
    assert "Tuesday 4 November" in words
    assert "Morning" not in words  # one hour's notice: nothing before 12:00
    assert "Afternoon" in words


def test_times_name_the_person_where_only_one_is_free(client: Browser, alice: Client) -> None:
    service = massage()
    book(alice, service, THURSDAY_10, provider=aino(service))
    body = client.get(f"{TIMES}?day=2025-11-06").content.decode()
    at_ten = body[body.index("2025-11-06T08:00:00") :]
    assert "Jonas" in at_ten[: at_ten.index("</label>")]


def test_times_say_which_days_have_none(client: Browser) -> None:
    massage()
    words = text_of(client.get(f"{TIMES}?day=2025-11-08"))
    assert "Saturday 8 November, no times" in words
    assert "No times on Saturday 8 November" in words
    assert "First available: Tue 4 Nov 12:00" in words


@pytest.mark.parametrize(
    ("name", "said"), [("Harbour day", "Closed: Harbour day"), ("", "Closed on this day")]
)
def test_times_say_which_days_are_closed(client: Browser, name: str, said: str) -> None:
    massage()
    SpecialDay.objects.create(day=dt.date(2025, 11, 6), kind="closed", name_en=name)
    words = text_of(client.get(f"{TIMES}?day=2025-11-06"))
    assert "Thursday 6 November, closed" in words
    assert said in words
    assert "Saturday 8 November, no times" in words


def test_times_answer_htmx_with_the_days_only(client: Browser) -> None:
    massage()
    headers = {"HX-Request": "true", "HX-Target": "times"}
    page = client.get(f"{TIMES}?day=2025-11-06", headers=headers)
    body = page.content.decode()
    assert "<html" not in body
    assert 'data-say="29 times on Thursday 6 November"' in body
    assert "HX-Request" in page["Vary"]


def test_a_link_to_a_time_chooses_it(client: Browser) -> None:
    massage()
    page = client.get(f"{TIMES}?at=2025-11-06T08:00:00Z")
    assert "checked" in page.content.decode()
    assert "10:00–11:00 · €72.00" in text_of(page)


def test_the_doubled_hour_is_told_apart(client: Browser, clock: Clock) -> None:
    clock.move_to(dt.datetime(2025, 10, 25, 12, 0, tzinfo=dt.UTC))
    night = [(6, dt.time(2), dt.time(5))]
    massage(providers=[ProviderFactory(name="Aino", hours=night)], minutes=30)
    words = text_of(client.get(f"{TIMES}?day=2025-10-26"))
    assert "03:00 before the clocks go back" in words
    assert "03:00 after the clocks go back" in words


@pytest.mark.parametrize(
    "query",
    [
        "day=2025-13-45",
        "day=0001-01-01",
        "day=9999-12-31",
        "with=999999999999999999999999999",
        "with=%00",
        "at=%00",
        "at=9999-12-31T23:59:59-23:59",
        "at=0001-01-01T00:00:00%2B23:59",
        "draft=%00%00",
        "draft=" + "x" * 5000,
    ],
)
def test_nasty_queries_show_times(client: Browser, query: str) -> None:
    massage()
    assert client.get(f"{TIMES}?{query}").status_code == 200


def test_continue_without_a_time_asks_for_one(client: Browser) -> None:
    massage()
    page = client.post(TIMES, {"with": "any"})
    assert page.status_code == 422
    words = text_of(page)
    assert words.startswith("Error: Choose a time")
    assert "There is a problem" in words
    assert not Hold.objects.exists()


@pytest.mark.parametrize("sent", ["tomorrow", "2025-11-06T08:00:00", "\0", "9" * 500])
def test_continue_with_nonsense_is_refused(client: Browser, sent: str) -> None:
    massage()
    assert client.post(TIMES, {"with": "any", "starts_at": sent}).status_code == 422


def test_continue_holds_the_time(client: Browser) -> None:
    service = massage()
    details = choose_time(client, service, THURSDAY_10, **{"with": str(aino(service).pk)})
    hold = Hold.objects.get()
    assert details == f"/book/d/{hold.token}/details/"
    assert hold.provider == aino(service)
    words = text_of(client.get(details))
    assert "Step 4 of 5" in words
    assert "We're holding Thu 6 Nov 10:00 for you until 11:10." in words


def test_a_time_that_is_gone_offers_the_nearest(client: Browser, alice: Client) -> None:
    service = massage(providers=[ProviderFactory(name="Aino")])
    book(alice, service, THURSDAY_10)
    page = client.post(TIMES, {"with": "any", "starts_at": THURSDAY_10.isoformat()})
    assert page.status_code == 409
    words = text_of(page)
    assert "This time has just been taken." in words
    assert "Thu 6 Nov 09:00 Thu 6 Nov 11:00 Thu 6 Nov 11:15" in words
    assert not Hold.objects.exists()


def test_a_time_outside_the_rules_says_which(client: Browser) -> None:
    massage()
    soon = dt.datetime(2025, 11, 4, 9, 30, tzinfo=dt.UTC)
    page = client.post(TIMES, {"with": "any", "starts_at": soon.isoformat()})
    assert page.status_code == 409
    assert "Online booking closes 1 hour before the start." in text_of(page)


def test_back_shows_the_own_held_time_as_free(client: Browser) -> None:
    service = massage(providers=[ProviderFactory(name="Aino")])
    choose_time(client, service, THURSDAY_10)
    assert "2025-11-06T08:00:00" in client.get(f"{TIMES}?day=2025-11-06").content.decode()
    other = Browser().get(f"{TIMES}?day=2025-11-06").content.decode()
    assert "2025-11-06T08:00:00" not in other


def test_changing_the_time_keeps_what_was_typed(client: Browser) -> None:
    service = massage()
    details = choose_time(client, service, THURSDAY_10)
    give_details(client, details)
    old = Hold.objects.get()
    moved = choose_time(client, service, THURSDAY_10 + dt.timedelta(hours=2), draft=old.token)
    assert Hold.objects.count() == 1
    assert "Greta" in client.get(moved).content.decode()


def test_a_script_that_holds_the_calendar_is_stopped(client: Browser) -> None:
    service = massage()
    for _ in range(40):
        choose_time(client, service, THURSDAY_10)
    page = client.post(TIMES, {"with": "any", "starts_at": THURSDAY_10.isoformat()})
    assert page.status_code == 429


# --- details ----------------------------------------------------------------------------------


def test_details_say_what_is_missing_and_keep_the_rest(client: Browser) -> None:
    details = choose_time(client, massage(), THURSDAY_10)
    page = client.post(details, GUEST | {"phone": "12", "last_name": ""})
    assert page.status_code == 422
    words = text_of(page)
    assert words.startswith("Error: Your details")
    assert "Enter your last name" in words
    assert "Enter a phone number, like 040 123 4567" in words
    assert 'value="Greta"' in page.content.decode()


@pytest.mark.parametrize("field", ["first_name", "email", "phone", "note"])
@pytest.mark.parametrize("value", ["\0", "x" * 100_000])
def test_details_refuse_nonsense(client: Browser, field: str, value: str) -> None:
    details = choose_time(client, massage(), THURSDAY_10)
    assert client.post(details, GUEST | {field: value}).status_code == 422


def test_a_local_phone_number_needs_no_prefix(client: Browser) -> None:
    details = choose_time(client, massage(), THURSDAY_10)
    give_details(client, details)
    assert Hold.objects.get().details["phone"] == "+358 40 1234567"


def test_a_slip_in_the_address_is_a_hint(client: Browser) -> None:
    details = choose_time(client, massage(), THURSDAY_10)
    review = give_details(client, details, email="greta@gmial.com", note="Two\nlines")
    page = client.get(review)
    assert "Is greta@gmial.com right? Use greta@gmail.com" in text_of(page)
    assert give_details(client, details, email="greta@gmail.com") == review
    assert "right?" not in text_of(client.get(review))


@pytest.mark.parametrize("email", ["a@example.test", "a@gmail.com", "a@live.fi", "a@mail.dk", ""])
def test_most_addresses_get_no_hint(email: str) -> None:
    assert likelier_address(email) == ""


def test_another_browser_cannot_open_a_draft(client: Browser) -> None:
    details = choose_time(client, massage(), THURSDAY_10)
    review = give_details(client, details)
    stranger = Browser()
    missing = stranger.get("/book/d/nothing-here/details/")
    assert missing.status_code == 404
    for path in (details, review):
        page = stranger.get(path)
        assert page.status_code == 404
        assert text_of(page) == text_of(missing)
    assert stranger.post(details, GUEST).status_code == 404
    assert stranger.post(review, {}).status_code == 404


def test_another_login_cannot_open_a_draft(client: Browser, alice: Client, bob: Client) -> None:
    client.force_login(alice.user)
    details = choose_time(client, massage(), THURSDAY_10)
    stranger = Browser()
    stranger.force_login(bob.user)
    assert stranger.get(details).status_code == 404


def test_a_login_s_draft_asks_who_is_signed_out_to_sign_in(client: Browser, alice: Client) -> None:
    client.force_login(alice.user)
    details = choose_time(client, massage(), THURSDAY_10)
    review = details.replace("details", "review")
    signed_out = Browser()
    for path in (details, review):
        assert signed_out.get(path)["Location"] == f"/account/login/?next={path}"
        assert signed_out.post(path, {})["Location"] == f"/account/login/?next={path}"
    for page in ("keep", "cards", "code"):
        answer = signed_out.post(details.replace("details", page))
        assert answer["Location"] == f"/account/login/?next={review}"
    htmx = signed_out.post(review.replace("review", "cards"), headers={"HX-Request": "true"})
    assert htmx.status_code == 401
    assert htmx["HX-Redirect"] == f"/account/login/?next={review}"
    signed_out.force_login(alice.user)
    assert signed_out.get(details).status_code == 200


def test_a_login_s_draft_is_not_there_while_client_login_is_off(
    client: Browser, alice: Client
) -> None:
    client.force_login(alice.user)
    details = choose_time(client, massage(), THURSDAY_10)
    turn_off("client_login")
    assert Browser().get(details).status_code == 404


def test_changing_one_s_own_data_leads_back_to_the_draft(client: Browser, alice: Client) -> None:
    client.force_login(alice.user)
    details = choose_time(client, massage(), THURSDAY_10)
    assert f'href="/account/profile/?next={details}"' in client.get(details).content.decode()


def test_a_draft_goes_along_when_its_owner_signs_in(client: Browser, alice: Client) -> None:
    details = choose_time(client, massage(), THURSDAY_10)
    assert f"/account/login/?next={details}" in client.get(details).content.decode()
    client.force_login(alice.user)
    words = text_of(client.get(details))
    assert "Alice Andersen" in words
    assert "First name" not in words


def test_signed_in_people_are_asked_only_for_what_is_missing(
    client: Browser, alice: Client
) -> None:
    Client.objects.filter(pk=alice.pk).update(phone="")
    client.force_login(alice.user)
    details = choose_time(client, massage(), THURSDAY_10)
    page = client.get(details)
    assert 'name="phone"' in page.content.decode()
    assert 'name="email"' not in page.content.decode()
    client.post(details, {"phone": "040 123 4567"})
    alice.refresh_from_db()
    assert str(alice.phone) == "+358 40 1234567"
    assert 'name="phone"' not in client.get(details).content.decode()


def test_without_client_login_nobody_is_asked_to_sign_in(client: Browser, alice: Client) -> None:
    client.force_login(alice.user)
    turn_off("client_login")
    details = choose_time(client, massage(), THURSDAY_10)
    page = client.get(details)
    assert "Sign in" not in text_of(page)
    assert 'name="first_name"' in page.content.decode()


def test_keep_my_time_adds_ten_minutes_and_keeps_the_typing(client: Browser, clock: Clock) -> None:
    details = choose_time(client, massage(), THURSDAY_10)
    clock.advance(minutes=8)
    keep = details.replace("details", "keep")
    answer = client.post(keep, {"first_name": "Gre"})
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert "until 11:20" in text_of(page)
    assert 'value="Gre"' in page.content.decode()


def test_keep_my_time_stands_beside_the_time_without_javascript(client: Browser) -> None:
    details = choose_time(client, massage(), THURSDAY_10)
    body = client.get(details).content.decode()
    plain = body[body.index("<noscript>", body.index("holding")) :].split("</noscript>")[0]
    assert details.replace("details", "keep") in plain
    assert plain.index(">Continue<") < plain.index("Keep my time")
    assert body.index(plain) < body.index('name="first_name"')
    review = client.get(give_details(client, details)).content.decode()
    plain = review[review.index("<noscript>", review.index("holding")) :].split("</noscript>")[0]
    assert details.replace("details", "keep") in plain
    assert ">Continue<" not in plain


def test_keep_my_time_swaps_its_box_for_htmx(client: Browser) -> None:
    details = choose_time(client, massage(), THURSDAY_10)
    page = client.post(details.replace("details", "keep"), headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert 'data-say="We keep your time until 11:20"' in page.content.decode()
    assert "<html" not in page.content.decode()


def test_keep_my_time_ends_some_time(client: Browser) -> None:
    keep = choose_time(client, massage(), THURSDAY_10).replace("details", "keep")
    for _ in range(10):
        assert client.post(keep).status_code == 302
    page = client.post(keep)
    assert page.status_code == 409
    assert "This time cannot be kept any longer." in text_of(page)


def test_typing_that_was_never_checked_does_not_reach_the_review(client: Browser) -> None:
    details = choose_time(client, massage(), THURSDAY_10)
    client.post(details.replace("details", "keep"), GUEST | {"email": "not an address"})
    review = client.get(details.replace("details", "review"))
    assert review.status_code == 302
    assert review["Location"] == details


def test_a_time_that_ran_out_is_tried_again(client: Browser, clock: Clock) -> None:
    details = choose_time(client, massage(), THURSDAY_10)
    clock.advance(minutes=30)
    assert "We no longer hold Thu 6 Nov 10:00." in text_of(client.get(details))
    give_details(client, details)
    assert Hold.objects.get().expires_at > clock.now


def test_a_time_lost_meanwhile_keeps_the_details(
    client: Browser, clock: Clock, alice: Client
) -> None:
    service = massage(providers=[ProviderFactory(name="Aino")])
    details = choose_time(client, service, THURSDAY_10)
    clock.advance(minutes=30)
    book(alice, service, THURSDAY_10)
    page = client.post(details, GUEST)
    assert page.status_code == 409
    words = text_of(page)
    assert "This time has just been taken." in words
    assert "Thu 6 Nov 11:00" in words
    moved = choose_time(
        client, service, THURSDAY_10 + dt.timedelta(hours=1), draft=Hold.objects.get().token
    )
    assert 'value="Greta"' in client.get(moved).content.decode()


# --- review and book --------------------------------------------------------------------------


def test_a_guest_books(client: Browser) -> None:
    turn_on("loyalty")
    details = choose_time(client, massage(), THURSDAY_10)
    review = give_details(client, details, note="Through the yard")
    words = text_of(client.get(review))
    assert "Step 5 of 5" in words
    assert "Free to cancel until Wed 5 Nov 10:00." in words
    assert "You will earn 60 points, added around Thu 6 Nov 14:00." in words
    assert "Book: you pay €72.00 at the salon" in words
    assert "Your gift cards" not in words
    answer = client.post(review, last_button(client, review))
    visit = Visit.objects.get()
    assert answer["Location"].startswith(f"/booking/{visit.ref}/?k=")
    assert visit.client is not None
    assert visit.client.full_name == "Greta Gade"
    assert visit.note == "Through the yard"
    assert visit.source == "online"
    page = client.get(answer["Location"])
    assert "Booked: Thu 6 Nov 10:00" in text_of(page)


def test_a_guest_with_a_known_address_changes_nobody(client: Browser, alice: Client) -> None:
    details = choose_time(client, massage(), THURSDAY_10)
    review = give_details(client, details, email=alice.email)
    client.post(review, last_button(client, review))
    visit = Visit.objects.get()
    assert visit.client_id != alice.pk
    alice.refresh_from_db()
    assert alice.full_name == "Alice Andersen"


def test_a_client_books_on_their_own_record(client: Browser, alice: Client) -> None:
    client.force_login(alice.user)
    details = choose_time(client, massage(), THURSDAY_10)
    review = client.post(details, {"note": ""})["Location"]
    answer = client.post(review, last_button(client, review))
    visit = Visit.objects.get()
    assert visit.client_id == alice.pk
    assert visit.created_by_id == alice.user_id
    assert answer["Location"] == f"/booking/{visit.ref}/"


def test_a_second_press_lands_on_the_first_result(client: Browser) -> None:
    details = choose_time(client, massage(), THURSDAY_10)
    review = give_details(client, details)
    sent = last_button(client, review)
    first = client.post(review, sent)
    second = client.post(review, sent)
    assert second.status_code == 302
    assert second["Location"] == first["Location"]
    for path in (details, review):
        assert client.get(path)["Location"] == first["Location"]
    assert Visit.objects.count() == 1
    assert Award.objects.count() == 0  # loyalty is off


def test_the_last_button_needs_its_token(client: Browser) -> None:
    review = give_details(client, choose_time(client, massage(), THURSDAY_10))
    sent = last_button(client, review)
    assert client.post(review, sent | {"form_token": ""}).status_code == 422
    assert client.post(review, sent | {"total": "x" * 500}).status_code == 422
    assert not Visit.objects.exists()


def test_a_price_that_changed_binds_nobody(client: Browser) -> None:
    service = massage()
    review = give_details(client, choose_time(client, service, THURSDAY_10))
    sent = last_button(client, review)
    service.price_minor = 9900
    service.save()
    page = client.post(review, sent)
    assert page.status_code == 409
    assert "The price changed meanwhile." in text_of(page)
    assert "Book: you pay €99.00 at the salon" in text_of(page)
    assert not Visit.objects.exists()


def test_a_time_lost_at_the_last_button(client: Browser, clock: Clock, alice: Client) -> None:
    service = massage(providers=[ProviderFactory(name="Aino")])
    review = give_details(client, choose_time(client, service, THURSDAY_10))
    sent = last_button(client, review)
    clock.advance(minutes=30)
    book(alice, service, THURSDAY_10)
    page = client.post(review, sent)
    assert page.status_code == 409
    assert "The nearest free times:" in text_of(page)
    assert Visit.objects.count() == 1


# --- gift cards -------------------------------------------------------------------------------


def code_of(card: object) -> str:
    from giftcards.cards import reveal_code

    return reveal_code(card)  # type: ignore[arg-type]


def test_own_gift_cards_pay_in_part(client: Browser, alice: Client) -> None:
    small, large = give_card(alice, 1000), give_card(alice, 5000)
    client.force_login(alice.user)
    review = client.post(choose_time(client, massage(), THURSDAY_10), {})["Location"]
    words = text_of(client.get(review))
    assert words.index(f"…{large.last_four}") < words.index(f"…{small.last_four}")
    client.post(review.replace("review", "cards"), {"card": [large.token]})
    words = text_of(client.get(review))
    assert "−50.00" in words
    assert "Book: you pay €22.00 at the salon" in words
    client.post(review, last_button(client, review))
    assert Visit.objects.get().sale.paid_minor == 5000


def test_a_guest_pays_with_a_code(client: Browser, alice: Client) -> None:
    card = give_card(alice, 10_000)
    review = give_details(client, choose_time(client, massage(), THURSDAY_10))
    typed = code_of(card).lower().replace("-", " ")
    answer = client.post(review.replace("review", "code"), {"code": typed})
    assert answer.status_code == 302
    page = client.get(review)
    words = text_of(page)
    assert "−72.00" in words
    assert "at the salon" not in words.split("Review your booking")[-1].split("Terms")[0]
    assert "Have a gift card code?" not in words
    assert code_of(card) not in page.content.decode()
    client.post(review, last_button(client, review))
    card.refresh_from_db()
    assert card.balance == 2800


def test_a_code_is_taken_back(client: Browser, alice: Client) -> None:
    card = give_card(alice, 1000)
    review = give_details(client, choose_time(client, massage(), THURSDAY_10))
    client.post(review.replace("review", "code"), {"code": code_of(card)})
    client.post(review.replace("review", "cards"), {"remove": card.token})
    assert "Book: you pay €72.00 at the salon" in text_of(client.get(review))


@pytest.mark.parametrize("typed", ["", "ABCD", "ABCD-EFGH-JKMN-PQRS", "\0", "x" * 10_000])
def test_every_bad_code_gets_the_same_answer(client: Browser, typed: str) -> None:
    review = give_details(client, choose_time(client, massage(), THURSDAY_10))
    page = client.post(review.replace("review", "code"), {"code": typed})
    assert page.status_code == 422
    words = text_of(page)
    assert words.startswith("Error: Review your booking")
    assert words.count("We can't use this code. Codes look like ABCD-EFGH-JKMN-PQRS") == 2


def test_guessing_codes_is_stopped(client: Browser) -> None:
    review = give_details(client, choose_time(client, massage(), THURSDAY_10))
    code = review.replace("review", "code")
    for _ in range(10):
        assert client.post(code, {"code": "ABCD"}).status_code == 422
    page = client.post(code, {"code": "ABCD"})
    assert page.status_code == 429
    assert "Too many attempts." in text_of(page)


def test_a_card_used_meanwhile_asks_for_another_look(client: Browser, alice: Client) -> None:
    card = give_card(alice, 5000)
    service = massage()
    review = give_details(client, choose_time(client, service, THURSDAY_10))
    client.post(review.replace("review", "code"), {"code": code_of(card)})
    sent = last_button(client, review)
    book(alice, service, THURSDAY_10 + dt.timedelta(days=1), card_ids=(card.pk,))
    page = client.post(review, sent)
    assert page.status_code == 409
    words = text_of(page)
    assert "The balance of a gift card changed." in words
    assert f"Gift card …{card.last_four} has €0.00 on it now." in words
    assert "You would now pay €72.00 at the salon." in words
    assert "Book: you pay €72.00 at the salon" in text_of(page)


def test_somebody_elses_card_is_not_chosen_by_its_token(
    client: Browser, alice: Client, bob: Client
) -> None:
    card = give_card(bob, 5000)
    client.force_login(alice.user)
    review = client.post(choose_time(client, massage(), THURSDAY_10), {})["Location"]
    client.post(review.replace("review", "cards"), {"card": [card.token, "\0", "x" * 999]})
    assert "Book: you pay €72.00 at the salon" in text_of(client.get(review))


def test_gift_cards_switched_off_still_pay(client: Browser, alice: Client) -> None:
    card = give_card(alice, 5000)
    turn_off("gift_cards")
    review = give_details(client, choose_time(client, massage(), THURSDAY_10))
    client.post(review.replace("review", "code"), {"code": code_of(card)})
    assert "Book: you pay €22.00 at the salon" in text_of(client.get(review))


def test_a_change_swaps_price_and_button_together(client: Browser, alice: Client) -> None:
    card = give_card(alice, 5000)
    review = give_details(client, choose_time(client, massage(), THURSDAY_10))
    page = client.post(
        review.replace("review", "code"),
        {"code": code_of(card)},
        headers={"HX-Request": "true", "HX-Target": "pay"},
    )
    body = page.content.decode()
    assert "<html" not in body
    assert 'data-say="Gift card applied. €22.00 left to pay"' in body
    assert "Book: you pay €22.00 at the salon" in text_of(page)


# --- headers and cost -------------------------------------------------------------------------


def test_draft_pages_are_private(client: Browser) -> None:
    details = choose_time(client, massage(), THURSDAY_10)
    review = give_details(client, details)
    for path in (details, review):
        page = client.get(path)
        assert page["Cache-Control"] == "no-store, private"
        assert page["X-Robots-Tag"] == "noindex"
        assert page["Referrer-Policy"] == "strict-origin"


def test_reading_changes_nothing(client: Browser) -> None:
    massage()
    for path in ("/", "/services/", "/book/", "/book/deep-tissue/", TIMES, "/classes/"):
        assert client.get(path).status_code == 200
    assert not Hold.objects.exists()
    assert not client.cookies.get("sessionid")


def test_times_cost_the_same_for_one_person_and_six(
    client: Browser, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    massage(providers=[ProviderFactory() for _ in range(6)])
    with django_assert_max_num_queries(20) as many:
        client.get(TIMES)
    massage(slug="facial")
    with django_assert_max_num_queries(len(many)) as few:
        client.get("/book/facial/times/")
    assert len(few) == len(many)
