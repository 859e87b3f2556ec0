"""The sentences, singular and plural."""

from __future__ import annotations

import pytest

from bookings import errors
from foundation.errors import DomainError


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (errors.SessionFull(left=0), "This class is full."),
        (errors.SessionFull(left=-2), "This class is full."),
        (errors.SessionFull(left=1), "Only 1 place is left."),
        (errors.SessionFull(left=4), "Only 4 places are left."),
        (
            errors.TooSoon(minutes=60),
            "Online booking closes 1 hour before the start. Choose a later time.",
        ),
        (
            errors.TooSoon(minutes=1440),
            "Online booking closes 24 hours before the start. Choose a later time.",
        ),
        (
            errors.TooSoon(minutes=90),
            "Online booking closes 90 minutes before the start. Choose a later time.",
        ),
        (
            errors.TooSoon(minutes=1),
            "Online booking closes 1 minute before the start. Choose a later time.",
        ),
        (
            errors.TooFar(days=1),
            "You can book online up to 1 day ahead. Choose an earlier time.",
        ),
        (
            errors.TooFar(days=90),
            "You can book online up to 90 days ahead. Choose an earlier time.",
        ),
        (
            errors.WrongStatus(status="Completed"),
            "This cannot be done any more. The booking is marked: Completed.",
        ),
    ],
)
def test_the_sentence(error, text):
    assert str(error) == text


def test_every_error_has_a_code_of_its_own():
    classes = [each for each in vars(errors).values() if isinstance(each, type)]
    own = [each for each in classes if each.__module__ == errors.__name__]
    assert all(issubclass(each, DomainError) for each in own)
    assert len({each.code for each in own}) == len(own) > 10
