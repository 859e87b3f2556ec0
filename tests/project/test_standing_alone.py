"""Pages that know nothing of the request stand alone, and lead home in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client as Browser
from django.utils.translation import override

from tests.browser import Visitors

TITLES = {"en": "We could not read that request", "fi": "Emme saaneet selvää pyynnöstä"}


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "home"), [("en", "/"), ("fi", "/fi/")])
def test_a_request_for_another_host_is_answered_without_a_frame(
    client: Browser, settings: Any, language: str, home: str
) -> None:
    settings.ALLOWED_HOSTS = ["salon.test"]

    answer = client.get(home, headers={"Host": "evil.example"})
    page = answer.content.decode()

    assert answer.status_code == 400
    assert f'<html lang="{language}">' in page
    assert f"<title>{TITLES[language]}</title>" in page
    assert f'class="btn btn-primary" href="{home}"' in page
    assert "<header" not in page
    assert "<footer" not in page


@pytest.mark.parametrize("template", ["400.html", "500.html", "503.html"])
def test_its_button_leads_home_in_the_readers_language(template: str) -> None:
    with override("fi"):
        assert 'href="/fi/"' in render_to_string(template)


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
@pytest.mark.once
@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_form_of_too_many_fields_gets_a_page_that_passes_axe(
    page_at: Visitors, axe: Callable[..., None], size: str, scheme: str
) -> None:
    page = page_at(size, scheme=scheme, tolerate=("status of 400",))
    page.goto("/fi/")
    page.evaluate(
        """() => {
            const form = Object.assign(document.createElement("form"), { method: "post" });
            form.innerHTML = '<input name="x">'.repeat(1500);
            document.body.append(form);
            form.submit();
        }"""
    )
    page.get_by_role("heading", name=TITLES["fi"]).wait_for()
    axe(page)
