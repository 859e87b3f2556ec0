"""Merging two records from a client's card: found, seen side by side, merged, and led on from."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as Browser

from clients.models import Client
from clients.people import erase_personal_data, update_client
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty.points import balance_of
from tests.backoffice.test_client_card import TABS, words_of
from tests.factories import ClientFactory, give_points, turn_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client: Browser, maria: User) -> Browser:
    turn_on("loyalty")
    client.force_login(maria)
    return client


@pytest.fixture
def twin(db: None) -> Client:
    return ClientFactory(first_name="Alice", last_name="Andersen", email="al@example.test")


def address(client: Client) -> str:
    return f"/admin/clients/{client.pk}/merge/"


def merge(office: Browser, source: Client, target: Client, token: str = "") -> Any:
    fields = {"into": target.pk, "token": token or new_form_token()}
    return office.post(address(source), fields)


def test_at_first_records_of_the_same_name_are_offered(
    office: Browser, alice: Client, bob: Client, twin: Client
) -> None:
    html = office.get(address(alice)).content.decode()

    # The record with the login is the one that stays.
    assert f'href="{address(twin)}?into={alice.pk}"' in html
    assert "Bob Berg" not in html


def test_a_search_finds_others_and_never_itself(
    office: Browser, alice: Client, bob: Client
) -> None:
    found = office.get(address(alice), {"q": "berg"}).content.decode()
    own = words_of(office.get(address(alice), {"q": "andersen"}).content.decode())

    assert f"{address(bob)}?into={alice.pk}" in found or f"{address(alice)}?into={bob.pk}" in found
    assert "No other record found" in own


def test_both_records_stand_side_by_side(office: Browser, alice: Client, twin: Client) -> None:
    give_points(alice, 300)
    give_points(twin, 40)
    update_client(client=twin, actor=None, allergies="Nuts")

    said = words_of(office.get(address(twin), {"into": alice.pk}).content.decode())

    assert "E-mail al@example.test alice@example.test alice@example.test" in said
    assert "Allergies Nuts – Nuts" in said
    assert "Login No Yes Yes" in said
    assert "Points 40 300 340" in said
    assert "Merge into Alice Andersen" in said
    # The other way round it would be refused.
    assert f"Keep record #{twin.public_id} instead" not in said


def test_two_records_without_a_login_may_go_either_way(office: Browser, twin: Client) -> None:
    other = ClientFactory(first_name="Alice", last_name="Andersen")

    html = office.get(address(twin), {"into": other.pk}).content.decode()

    assert f'href="{address(other)}?into={twin.pk}"' in html


def test_a_merge_leads_to_the_record_that_stays(
    office: Browser, alice: Client, twin: Client, maria: User
) -> None:
    give_points(twin, 40)
    token = new_form_token()

    for _ in range(2):
        answer = merge(office, twin, alice, token)
        assert answer.headers["Location"] == f"/admin/clients/client/{alice.pk}/change/"
    said = words_of(office.get(f"/admin/clients/client/{alice.pk}/change/").content.decode())

    assert f"Record #{twin.public_id} was merged into Alice Andersen." in said
    assert balance_of(alice) == 40
    log = LogEntry.objects.filter(object_id=str(alice.pk)).latest("pk")
    assert (log.user, log.object_repr) == (maria, f"#{alice.public_id}")
    assert "Andersen" not in log.change_message


@pytest.mark.parametrize("tab", ["change", *TABS])
def test_a_merged_record_says_where_it_went(
    office: Browser, alice: Client, twin: Client, tab: str
) -> None:
    merge(office, twin, alice)
    office.get("/admin/")

    page = "/admin/clients/client/{}/change/" if tab == "change" else f"/admin/clients/{{}}/{tab}/"
    answer = office.get(page.format(twin.pk), follow=True)

    assert answer.redirect_chain == [(page.format(alice.pk), 302)]
    said = words_of(answer.content.decode())
    assert f"Record #{twin.public_id} was merged into Alice Andersen." in said


def test_two_logins_are_refused_with_the_reason(
    office: Browser, alice: Client, bob: Client
) -> None:
    looked = office.get(address(bob), {"into": alice.pk})
    pressed = merge(office, bob, alice)

    for answer in (looked, pressed):
        assert answer.status_code == 409
        said = words_of(answer.content.decode())
        assert "Both records have a login" in said
        assert "Merge into Alice Andersen" not in said.split("Both records have")[1]


def test_the_login_stays_and_the_other_way_is_offered(
    office: Browser, alice: Client, twin: Client
) -> None:
    answer = office.get(address(alice), {"into": twin.pk})

    assert answer.status_code == 409
    html = answer.content.decode()
    assert "This record has a login, so it is the one that stays." in html
    assert f'href="{address(twin)}?into={alice.pk}"' in html


def test_odd_records_lead_back_to_the_search(office: Browser, alice: Client, twin: Client) -> None:
    for into in ("x", "0", "-1", str(2**80), "99"):
        assert office.get(address(alice), {"into": into}).status_code == 200
        answer = office.post(address(alice), {"into": into, "token": new_form_token()})
        assert answer.status_code == 422
    erase_personal_data(client=twin, actor=None)
    assert office.get(address(alice), {"into": twin.pk}).status_code == 200
    assert merge(office, alice, twin).status_code == 409


def test_a_record_is_not_merged_with_itself(office: Browser, alice: Client) -> None:
    assert office.get(address(alice), {"into": alice.pk}).status_code == 422
    assert merge(office, alice, alice).status_code == 422


def test_the_desk_is_not_offered_it(desk: Browser, alice: Client, twin: Client) -> None:
    html = desk.get(f"/admin/clients/{alice.pk}/visits/").content.decode()

    assert address(alice) not in html
    assert merge(desk, twin, alice).status_code == 403
    twin.refresh_from_db()
    assert twin.joined_to is None
