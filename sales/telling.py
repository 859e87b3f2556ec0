"""The mails about a place in line, queued in the transaction of what they tell."""

from __future__ import annotations

from bookings.models import WaitingPlace
from foundation import clock
from notifications.outbox import queue_message


def tell_waiting_joined(place: WaitingPlace) -> None:
    _tell(place, "waiting_joined", f"waiting:{place.pk}:joined")


def tell_waiting_again(place: WaitingPlace) -> None:
    """The link once more, at most once a day, to whoever may have lost it."""
    _tell(place, "waiting_joined", f"waiting:{place.pk}:again:{clock.now():%Y-%m-%d}")


def tell_waiting_offer(place: WaitingPlace) -> None:
    """By the offer's end, so that another offer to the same place would be another message."""
    assert place.offered_until is not None  # noqa: S101 (a CHECK: it is offered)
    until = place.offered_until.isoformat()
    _tell(place, "waiting_offer", f"waiting:{place.pk}:offer:{until}")


def tell_waiting_over(place: WaitingPlace) -> None:
    _tell(place, "waiting_over", waiting_over_key(place.pk))


def waiting_over_key(place_id: int) -> str:
    """What names the message to who waited in vain."""
    return f"waiting:{place_id}:over"


def _tell(place: WaitingPlace, kind: str, key: str) -> None:
    queue_message(
        kind=kind,
        client=place.client,
        subjects={"waiting_place": place.pk},
        dedupe_key=key,
    )
