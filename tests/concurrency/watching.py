"""A reader that adds everything up while others write, and the database's count of deadlocks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection

PAUSE = 0.02  # seconds between two looks, so that the reader leaves the racers some of the machine

# Each is zero at every instant, whatever is going on. One statement, so one snapshot.
ADRIFT = {
    "points: balances less entries": """
        (SELECT coalesce(sum(balance), 0) FROM loyalty_pointaccount)
        - (SELECT coalesce(sum(amount), 0) FROM loyalty_pointentry)""",
    "points: accounts that differ from their own entries": """
        (SELECT count(*) FROM loyalty_pointaccount a WHERE a.balance <> (
           SELECT coalesce(sum(amount), 0) FROM loyalty_pointentry e WHERE e.account_id = a.id))""",
    "points: transfers, both halves": """
        (SELECT coalesce(sum(amount), 0) FROM loyalty_pointentry WHERE kind = 'transfer')""",
    "points: credited awards less earnings": """
        (SELECT coalesce(sum(points), 0) FROM loyalty_award
         WHERE state IN ('credited', 'withdrawn'))
        - (SELECT coalesce(sum(amount), 0) FROM loyalty_pointentry WHERE kind = 'earn')""",
    "points: awards taken back and withdrawals": """
        (SELECT coalesce(sum(points), 0) FROM loyalty_award WHERE state = 'withdrawn')
        + (SELECT coalesce(sum(amount), 0) FROM loyalty_pointentry WHERE kind = 'withdraw')""",
    "cards: balances less entries": """
        (SELECT coalesce(sum(balance), 0) FROM giftcards_giftcard)
        - (SELECT coalesce(sum(amount), 0) FROM giftcards_cardentry)""",
    "cards: bought by points less paid for": """
        (SELECT count(*) FROM giftcards_giftcard WHERE origin = 'points')
        - (SELECT count(*) FROM sales_saleline
           WHERE spend_entry_id IS NOT NULL AND gift_card_id IS NOT NULL)""",
    "cards: bought by points less debits": """
        (SELECT count(*) FROM giftcards_giftcard WHERE origin = 'points')
        - (SELECT count(*) FROM loyalty_pointentry e JOIN loyalty_reward r ON r.id = e.reward_id
           WHERE e.kind = 'spend' AND r.gift_card_type_id IS NOT NULL)""",
    "rewards: booked less paid for": """
        (SELECT count(*) FROM bookings_booking WHERE by_points)
        - (SELECT count(*) FROM sales_saleline
           WHERE spend_entry_id IS NOT NULL AND booking_id IS NOT NULL)""",
    "sales: paid less payments": """
        (SELECT coalesce(sum(paid_minor), 0) FROM sales_sale)
        - (SELECT coalesce(sum(amount_minor), 0) FROM sales_payment)""",
    "features: loyalty together with Clean history": """
        (SELECT count(*) FROM business_features WHERE loyalty AND clean_history)""",
}
# What shows that something was going on: every one of these races writes one of these.
_WRITTEN = """
    (SELECT count(*) FROM loyalty_pointentry) + (SELECT count(*) FROM giftcards_cardentry)
    + (SELECT count(*) FROM loyalty_award WHERE settled_at IS NOT NULL)
    + (SELECT count(*) FROM business_historicalfeatures)
    + (SELECT count(*) FROM bookings_occupation) + (SELECT count(*) FROM sales_payment)
    + (SELECT count(*) FROM sales_sale WHERE number IS NOT NULL)"""
_LOOK = f"SELECT {_WRITTEN}, {', '.join(ADRIFT.values())}"


@dataclass
class Watch:
    """What the reader saw: how often it looked, at which states, and what was wrong."""

    looks: int = 0
    states: set[int] = field(default_factory=set)
    lies: set[str] = field(default_factory=set)

    def look(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_LOOK)
            written, *sums = cursor.fetchone()
        self.looks += 1
        self.states.add(written)
        for name, amount in zip(ADRIFT, sums, strict=True):
            if amount:
                self.lies.add(f"{name}: {amount}")


@contextmanager
def watching() -> Iterator[Watch]:
    """Look again and again from a connection of its own until the block ends, and once after."""
    watch, done, broken = Watch(), threading.Event(), []

    def run() -> None:
        try:
            while not done.wait(PAUSE):
                watch.look()
        except BaseException as error:  # noqa: BLE001 — told below, in the test's own thread
            broken.append(error)
        finally:
            connection.close()

    reader = threading.Thread(target=run)
    reader.start()
    try:
        yield watch
    finally:
        done.set()
        reader.join()
    for error in broken:
        raise error
    watch.look()


def count_deadlocks() -> int:
    """Deadlocks that the database had to break here so far, told by connections that closed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
