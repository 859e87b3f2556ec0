"""Every form of the website, with each of its fields in turn as no person fills it in (F44)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hostile.conftest import Visit
from tests.hostile.shares import enough, step
from tests.hostile.visiting import find_forms, name_of, send_all, takers
from tests.hostile.watching import thin_frame
from tests.hostile.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.long]

# Addresses whose form another visitor is shown: a step of signing in, or staff without a record.
OTHER_VISITORS = {
    # The class of this world has room, so that its page shows no waiting list.
    "guest": {"account_logout", "website:wait_for_place"},
    "alice": {
        "website:open_account",
        "website:wait_for_place",
        # The first needs a guest's record of her address, the second a time chosen before: they
        # are sent to in tests/live and tests/website.
        "website:guest_bookings",
        "website:visit_move",
        # Alice has a card already.
        "website:loyalty_card",
        "account_email_verification_sent",
        "account_confirm_login_code",
    },
}


@pytest.mark.parametrize(
    ("visitor", "part", "share"),
    [("guest", "forms of a guest", 60), ("alice", "forms of a client", 30)],
)
def test_every_form(
    visitor: str,
    part: str,
    share: int,
    visit: Visit,
    world: World,
    good: dict[str, str],
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watch = visit(visitor)
    with watch.watching():
        forms = find_forms(watch, world.paths_of(visitor).values())
        thin_frame(settings, monkeypatch)
        taking = takers(watch, world, visitor)
        send_all(watch, forms, good=good, share=share, step=step())
    known = {name_of(form.path) for form in forms if form.method == "post"}
    assert taking - known == OTHER_VISITORS[visitor], "takes a POST and shows no form"
    assert not watch.broken, "\n".join(watch.broken)
    enough(part, watch.count)
