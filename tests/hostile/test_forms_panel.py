"""Every form of the panel: the admin registry's own, and our pages'."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from clients.models import Client
from tests.factories import ClientFactory
from tests.hostile.conftest import Visit
from tests.hostile.shares import enough, step
from tests.hostile.visiting import bare_forms, find_forms, name_of, send_all, takers
from tests.hostile.watching import thin_frame
from tests.hostile.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_every_form_of_the_panel(
    visit: Visit,
    world: World,
    good: dict[str, str],
    alice: Client,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watch = visit("olga")
    twin = ClientFactory(first_name="Twin")
    compared = f"{reverse('backoffice:client-merge', args=[twin.pk])}?into={alice.pk}"
    with watch.watching():
        forms = find_forms(watch, [*world.paths_of("olga").values(), compared])
        forms += bare_forms(world)
        thin_frame(settings, monkeypatch)
        taking = takers(watch, world, "olga")
        send_all(watch, forms, good=good, share=3, step=step(), every_shape=2)
    known = {name_of(form.path) for form in forms if form.method == "post"}
    assert taking - known == set(), "takes a POST and shows no form"
    assert not watch.broken, "\n".join(watch.broken)
    enough("forms of the panel", watch.count)


def test_every_form_at_the_desk(
    visit: Visit,
    world: World,
    good: dict[str, str],
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A role that may do less: the forms that Daisy is shown, and those that she is not."""
    watch, owner = visit("daisy"), visit("olga")
    with owner.watching():
        find_forms(owner, ["/admin/"])
        may = takers(owner, world, "olga")
    with watch.watching():
        forms = find_forms(watch, ["/admin/clients/client/add/", "/admin/reports/loyalty/add/"])
        thin_frame(settings, monkeypatch)
        send_all(watch, forms, good=good, share=5, step=step())
        taken = takers(watch, world, "daisy")
    assert not watch.broken, "\n".join(watch.broken)
    assert taken <= may, "Daisy may send what the owner may not"
    enough("forms of the desk", watch.count)
