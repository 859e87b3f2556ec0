"""Why so many points: rule, base and rate, which every award and movement keeps, in a sentence.

The one place that knows the sentence of each rule. ``history.py`` adds the visit to it, and
``reports/sql.py`` has the database write the same.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foundation.money import format_money
from foundation.writing import grouped

AT_RATE = _("%(base)s × %(rate)s = %(points)s for %(what)s")
EARNED_AT_RATE = _("%(base)s × %(rate)s = %(points)s for %(service)s, %(when)s")
TAKEN_BACK_AT_RATE = _("%(base)s × %(rate)s = %(points)s taken back: %(service)s, %(when)s")

# Rules whose base is an amount of money in minor units; the rate is points per whole unit of it.
BY_SPEND = "per_spend"


def explain(*, rule: str, base: int, rate: int, points: int, what: str, currency: str) -> str:
    """``1 × 60 = 60 for Deep tissue``: places and points for each. By what was spent
    ``2 × 24.00 = 48 for products``: points per unit of money, and the money."""
    return str(AT_RATE) % {
        **factors(rule=rule, base=base, rate=rate, currency=currency),
        "points": grouped(abs(points)),
        "what": what,
    }


def factors(*, rule: str, base: int, rate: int, currency: str) -> dict[str, str]:
    """The two numbers of the sentences as they are written, ``base`` before ``rate``."""
    if rule.startswith(BY_SPEND):
        return {
            "base": grouped(rate),
            "rate": format_money(base, currency=currency, symbol=False),
        }
    return {"base": grouped(base), "rate": grouped(rate)}
