"""Back to a draft whose visit staff deleted meanwhile (F22)."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from bookings.models import Visit
from foundation.models import User
from sales.visits import delete_visit
from tests.website.booking import (
    THURSDAY_10,
    choose_time,
    give_details,
    last_button,
    massage,
    text_of,
)

pytestmark = pytest.mark.django_db


def test_a_used_draft_says_that_its_visit_was_deleted(client: Browser, maria: User) -> None:
    review = give_details(client, choose_time(client, massage(), THURSDAY_10))
    button = last_button(client, review)
    assert client.post(review, button).status_code == 302
    assert client.get(review).status_code == 302
    delete_visit(visit=Visit.objects.get(), actor=maria)

    for answer in (
        client.get(review),
        client.get(review.replace("review", "details")),
        client.post(review, button),
        client.post(review.replace("review", "keep")),
    ):
        assert answer.status_code == 410
        assert "This appointment was taken out" in text_of(answer)
