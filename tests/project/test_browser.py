"""The browser tests notice what they are there to notice: each with a page that is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path

from tests.browser import Visitors

pytestmark = [pytest.mark.journey, pytest.mark.urls("tests.project.test_browser"), pytest.mark.once]

PAGE = (
    '<!doctype html><html lang="en"><title>Page</title><link rel="icon" href="data:,">'
    "<body><main><h1>Page</h1>{}</main></html>"
)


def page(body: str) -> Callable[[HttpRequest], HttpResponse]:
    return lambda request: HttpResponse(PAGE.format(body))


urlpatterns = [
    path("good/", page("<p>Nothing wrong here.</p>")),
    path("inline/", page("<script>document.title = 'ran'</script>")),
    path("foreign/", page('<img alt="" src="http://other.test/x.png">')),
    path("unlabelled/", page("<form><input name='q'></form>")),
    path("you/", lambda request: HttpResponse(PAGE.format(f"<p>{request.user}</p>"))),
]


def test_good_page_raises_no_alarm(page_at: Visitors, axe: Callable[..., None]) -> None:
    for size in ("phone", "desk"):
        for scheme in ("light", "dark"):
            visit = page_at(size, scheme=scheme)
            visit.goto("/good/")
            axe(visit)
    assert page_at.take_faults() == []


def test_script_that_the_policy_blocks_is_noticed(page_at: Visitors) -> None:
    visit = page_at("desk")
    visit.goto("/inline/")
    assert visit.title() == "Page"
    assert any("Content Security Policy" in fault for fault in page_at.take_faults())


def test_request_to_another_host_is_noticed(page_at: Visitors) -> None:
    page_at("desk").goto("/foreign/")
    assert any("asked a foreign host" in fault for fault in page_at.take_faults())


def test_field_without_a_label_is_noticed(page_at: Visitors, axe: Callable[..., None]) -> None:
    visit = page_at()
    visit.goto("/unlabelled/")
    with pytest.raises(AssertionError, match="label"):
        axe(visit)


def test_visitor_can_be_signed_in(page_at: Visitors, django_user_model: type) -> None:
    alice = django_user_model.objects.create(email="alice@client.test", name="Alice")
    visit = page_at(user=alice)
    visit.goto("/you/")
    assert visit.locator("p").inner_text() == str(alice)
    other = page_at()
    other.goto("/you/")
    assert other.locator("p").inner_text() == "AnonymousUser"
