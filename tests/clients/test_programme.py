"""Left out of the loyalty programme: who may decide it, and that it is kept."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from clients.errors import ClientGone, ReasonMissing
from clients.models import Client
from clients.people import erase_personal_data
from clients.programme import is_left_out, keep_left_out, leave_out, take_in
from foundation import clock as project_clock
from foundation.errors import NotAllowed
from foundation.locks import violated_constraint
from foundation.models import User
from tests.conftest import Clock
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db

OUT = ("left_out_at", "left_out_reason", "left_out_by")


def state_of(client: Client) -> tuple[object, ...]:
    client.refresh_from_db()
    return tuple(getattr(client, name) for name in OUT)


def test_leave_out_keeps_when_why_and_who(alice: Client, maria: User) -> None:
    leave_out(client=alice, reason="  Is staff herself ", actor=maria)

    assert state_of(alice) == (project_clock.now(), "Is staff herself", maria)
    assert is_left_out(alice.pk)


def test_leave_out_repeated_keeps_the_first_reason(
    alice: Client, maria: User, olga: User, clock: Clock
) -> None:
    leave_out(client=alice, reason="Is staff herself", actor=maria)
    before = state_of(alice)
    clock.advance(days=1)

    leave_out(client=alice, reason="Something else", actor=olga)

    assert state_of(alice) == before


def test_take_in_forgets_it_and_repeats(alice: Client, maria: User) -> None:
    leave_out(client=alice, reason="Is staff herself", actor=maria)

    for _ in range(2):
        take_in(client=alice, actor=maria)
        assert state_of(alice) == (None, "", None)
    assert not is_left_out(alice.pk)


def test_the_desk_does_not_decide_it(alice: Client, daisy: User) -> None:
    with pytest.raises(NotAllowed):
        leave_out(client=alice, reason="Is staff herself", actor=daisy)
    with pytest.raises(NotAllowed):
        take_in(client=alice, actor=daisy)


def test_leave_out_asks_for_a_reason(alice: Client, maria: User) -> None:
    with pytest.raises(ReasonMissing):
        leave_out(client=alice, reason=" ", actor=maria)

    assert not is_left_out(alice.pk)


def test_erasing_takes_the_reason(alice: Client, maria: User) -> None:
    leave_out(client=alice, reason="Quarrelled with us", actor=maria)

    erase_personal_data(client=alice, actor=maria)

    assert state_of(alice) == (None, "", None)
    with pytest.raises(ClientGone):
        leave_out(client=alice, reason="Quarrelled with us", actor=maria)


def test_an_erased_client_is_not_taken_in(alice: Client, maria: User) -> None:
    erase_personal_data(client=alice, actor=maria)

    with pytest.raises(ClientGone):
        take_in(client=alice, actor=maria)


def test_joining_records_is_no_way_back_in(alice: Client, bob: Client, maria: User) -> None:
    out = leave_out(client=bob, reason="Is staff himself", actor=maria)

    keep_left_out(client=alice, of=[ClientFactory(), out])

    assert state_of(alice) == (project_clock.now(), "Is staff himself", maria)


@pytest.mark.parametrize("lie", [{"left_out_at": None}, {"left_out_reason": ""}])
def test_database_keeps_a_reason_with_who_is_left_out(
    alice: Client, maria: User, lie: dict[str, object]
) -> None:
    leave_out(client=alice, reason="Is staff herself", actor=maria)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Client.objects.filter(pk=alice.pk).update(**lie)

    assert "client_left_out_has_reason" in violated_constraint(refused.value)
