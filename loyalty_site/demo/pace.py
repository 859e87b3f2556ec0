"""How busy the house is on a day of the story: it opened half a year ago, and grows.

Few come in the first months, so that the story is told in seconds; the last weeks and what is to
come are as full as a calendar looks at its best.
"""

from __future__ import annotations

# Chances that a stretch of free time is booked: at first, today, and on the days to come.
AT_FIRST, TODAY, TO_COME = 0.03, 0.24, 0.2
# Weeks until today in which classes are well attended.
LIVELY_WEEKS = 4
# The clients who come more often: the first ones.
REGULARS = 30


def busy_after(days: int, *, of: int) -> float:
    """The chance that a free stretch is booked ``days`` after the story began, ``of`` days ago."""
    if days > of:
        return TO_COME
    return AT_FIRST + (TODAY - AT_FIRST) * (days / of) ** 3
