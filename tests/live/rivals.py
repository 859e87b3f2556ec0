"""Rival posts: twenty forms let go at once, and what must hold whatever they are.

The web service of docker-compose.yml with the settings of production, real sessions and tokens.
One succeeds; the others are refused cleanly or are led to the first result (reliability F22);
nothing is a 5xx, no total is adrift at any instant, and the audit is clean afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.concurrency.contests import violations
from tests.concurrency.watching import watching
from tests.live.server import Answer, Press, send_together

RIVALS = 20


def together(presses: Sequence[Press]) -> list[Answer]:
    """What came of twenty presses, with everything that holds for all of them."""
    assert len(presses) == RIVALS
    with watching() as watch:
        answers = send_together(presses)
    broken = [answer for answer in answers if answer.status >= 500]
    assert broken == [], presses[0].visitor.site.said()
    assert watch.lies == set()
    assert violations() == []
    return answers


def statuses(answers: Sequence[Answer]) -> dict[int, int]:
    return dict(Counter(answer.status for answer in answers))


def same_place(answers: Sequence[Answer]) -> str:
    """Where all of them lead."""
    assert statuses(answers) == {302: RIVALS}, answers[0].body[:2000]
    (place,) = {answer.place for answer in answers}
    return place
