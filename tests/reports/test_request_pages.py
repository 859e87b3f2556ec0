"""Requests for corrections: the list, the page that decides, and the count on the first page."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from clients.models import Client
from foundation.models import User
from loyalty.correcting_requests import decline_correction
from loyalty.models import CorrectionRequest, RequestState
from loyalty.points import balance_of
from tests.factories import ClientFactory, UserFactory, ask_for_points, give_points, turn_off
from tests.reports.test_pages import queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loyalty")]

REQUESTS = "/admin/reports/loyalty/requests/"


def one(request: CorrectionRequest) -> str:
    return f"{REQUESTS}{request.pk}/"


def shown(browser: Browser, address: str) -> str:
    return " ".join(browser.get(address).content.decode().split())


def test_a_manager_approves_what_the_desk_asked_for(
    alice: Client, daisy: User, desk: Browser, manager: Browser, maria: User
) -> None:
    give_points(alice, 40)
    request = ask_for_points(alice, by=daisy)
    assert "1 correction of points waits for a second person." in shown(manager, "/admin/")
    assert "Ten years with us" in shown(manager, REQUESTS)
    page = shown(manager, one(request))
    assert "Approve +5,000" in page
    assert "5,040" in page

    answer = manager.post(one(request), {"step": "approve", "answer": "Well deserved"})

    assert answer.headers["Location"] == REQUESTS
    assert balance_of(alice) == 5040
    # The asker sees what became of it.
    seen = shown(desk, REQUESTS)
    assert "Approved · Maria Malm · Well deserved" in seen
    assert "Nothing waits" in seen
    assert "waits for a second person" not in shown(manager, "/admin/")


def test_declining_asks_why_and_keeps_what_was_typed(
    alice: Client, daisy: User, desk: Browser, manager: Browser
) -> None:
    request = ask_for_points(alice, by=daisy)

    refused = manager.post(one(request), {"step": "decline", "answer": " "})
    assert refused.status_code == 422
    assert "Enter why you decline. Whoever asked sees it" in refused.content.decode()
    manager.post(one(request), {"step": "decline", "answer": "Too many"})

    request.refresh_from_db()
    assert (request.state, balance_of(alice)) == (RequestState.DECLINED, 0)
    assert "Too many" in shown(desk, one(request))


def test_return_in_the_answer_decides_nothing(alice: Client, daisy: User, manager: Browser) -> None:
    """The first button of the form is the one that a browser presses then: it has no step."""
    request = ask_for_points(alice, by=daisy)
    page = shown(manager, one(request))
    assert page.index('<button class="visually-hidden"') < page.index('value="approve"')

    answer = manager.post(one(request), {"answer": "No"})

    assert answer.status_code == 422
    assert "Choose one of the two buttons" in answer.content.decode()
    assert balance_of(alice) == 0


def test_nobody_is_offered_a_decision_about_their_own(
    alice: Client, daisy: User, desk: Browser, manager: Browser, maria: User
) -> None:
    own, other = ask_for_points(alice, by=daisy), ask_for_points(alice, by=maria)

    assert "Approve" not in shown(desk, one(own))
    assert "Nothing has changed yet" in shown(desk, one(own))
    answer = manager.post(one(other), {"step": "approve"})

    assert answer.status_code == 403
    assert "You asked for this yourself" in answer.content.decode()
    assert balance_of(alice) == 0


def test_who_may_move_less_is_told_so(alice: Client, maria: User, desk: Browser) -> None:
    request = ask_for_points(alice, by=maria)

    page = shown(desk, one(request))
    answer = desk.post(one(request), {"step": "approve"})

    assert "at most 500 points at once. Somebody who may move more has to decide." in page
    assert "Approve" not in page
    assert answer.status_code == 422
    assert balance_of(alice) == 0


def test_whoever_is_second_reads_what_the_first_decided(
    alice: Client, daisy: User, olga: User, manager: Browser
) -> None:
    request = ask_for_points(alice, by=daisy)
    decline_correction(request=request, answer="No", actor=olga)

    answer = manager.post(one(request), {"step": "approve"})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody has decided about this request already." in page
    assert "Olga Olsen" in page
    assert balance_of(alice) == 0


def test_while_loyalty_is_off_nothing_is_approved(
    alice: Client, daisy: User, manager: Browser
) -> None:
    request = ask_for_points(alice, by=daisy)
    turn_off("loyalty")

    assert manager.post(one(request), {"step": "approve"}).status_code == 409
    assert balance_of(alice) == 0


def test_a_request_that_is_not_there_is_not_found(manager: Browser) -> None:
    assert manager.get(f"{REQUESTS}7/").status_code == 404
    assert manager.get(f"{REQUESTS}{10**30}/").status_code == 404


def test_as_many_queries_with_one_request_as_with_thirty(
    alice: Client, daisy: User, olga: User, manager: Browser
) -> None:
    def make() -> None:
        ask_for_points(ClientFactory(), by=UserFactory(is_superuser=True))
        request = ask_for_points(ClientFactory(), by=daisy)
        decline_correction(request=request, answer="No", actor=olga)

    make()
    before = queries(manager, REQUESTS)
    for _time in range(30):
        make()

    assert queries(manager, REQUESTS) == before
