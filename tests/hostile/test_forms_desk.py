"""The forms in which staff book, once somebody is chosen: each field as it should not be."""

from __future__ import annotations

from typing import Any

import pytest

from clients.models import Client
from tests.hostile.conftest import Visit
from tests.hostile.shares import enough, step
from tests.hostile.visiting import find_forms, send_all
from tests.hostile.watching import thin_frame
from tests.hostile.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_every_form_that_books_at_the_desk(
    visit: Visit,
    world: World,
    good: dict[str, str],
    alice: Client,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watch = visit("daisy")
    asked = f"client={alice.pk}&service={world.salon.haircut.pk}&day=2025-11-12&at=10:00"
    pages = [
        f"{world.paths['backoffice:booking-new']}?{asked}",
        f"{world.paths['backoffice:session-add']}?client={alice.pk}",
    ]
    with watch.watching():
        forms = [form for form in find_forms(watch, pages) if "form_token" in form.names]
        thin_frame(settings, monkeypatch)
        send_all(watch, forms, good=good, share=8, step=step())
    assert len(forms) == 2
    assert not watch.broken, "\n".join(watch.broken)
    enough("forms that book at the desk", watch.count)
