"""Checks of the points ledger and of the awards, recomputed from the rows alone."""

from foundation.audit import Finding, check, sql_check
from ledger.audit import ledger_checks
from loyalty import totals
from loyalty.models import PointEntry, PointTotal

ledger_checks(
    prefix="points",
    entries="loyalty_pointentry",
    accounts="loyalty_pointaccount",
    account_column="account_id",
)

sql_check(
    "points-floor",
    rows="SELECT count(*) FROM loyalty_pointentry",
    violations="""
    SELECT id, kind, balance_after FROM loyalty_pointentry
    WHERE balance_after < 0 AND amount < 0 AND kind NOT IN ('withdraw', 'transfer')""",
    line="entry {0} ({1}) left {2} points",
)
sql_check(
    "award-credited-once",
    rows="SELECT count(*) FROM loyalty_award",
    violations="""
    SELECT a.id, a.state, a.points, coalesce(e.amount, 0) FROM loyalty_award a
    LEFT JOIN loyalty_pointentry e ON e.key = 'award:' || a.id || ':earn'
    WHERE (a.state IN ('credited', 'withdrawn') AND (e.id IS NULL OR e.amount <> a.points
           OR e.account_id <> a.account_id OR a.earn_entry_id <> e.id))
       OR (a.state NOT IN ('credited', 'withdrawn') AND e.id IS NOT NULL)""",
    line="award {0} is {1} with {2} points, its entry says {3}",
)
sql_check(
    "award-withdrawn-once",
    rows="SELECT count(*) FROM loyalty_award WHERE state = 'withdrawn'",
    violations="""
    SELECT a.id, a.state FROM loyalty_award a
    LEFT JOIN loyalty_pointentry e ON e.key = 'award:' || a.id || ':withdraw'
    WHERE (a.state = 'withdrawn') <> (e.id IS NOT NULL)
       OR (e.id IS NOT NULL AND e.amount <> -a.points)""",
    line="award {0} is {1}, its withdrawal says otherwise",
)
sql_check(
    "award-explains-points",
    rows="SELECT count(*) FROM loyalty_award",
    violations="SELECT id, base, rate, points FROM loyalty_award WHERE base * rate <> points",
    line="award {0}: {1} × {2} is not {3}",
)
sql_check(
    "award-of-standing-visit",
    rows="SELECT count(*) FROM loyalty_award WHERE state IN ('promised', 'credited')",
    violations="""
    SELECT a.id, a.state, b.status FROM loyalty_award a
    JOIN bookings_booking b ON b.id = a.booking_id
    WHERE a.state IN ('promised', 'credited') AND b.status IN ('cancelled', 'no_show')""",
    line="award {0} is {1} although its booking is {2}",
)
sql_check(
    "earn-entry-has-award",
    rows="SELECT count(*) FROM loyalty_pointentry WHERE kind IN ('earn', 'withdraw')",
    # Sets of keys: NOT EXISTS beside an OR is asked row by row, for hours with a million entries.
    violations="""
    SELECT e.id, e.key FROM loyalty_pointentry e JOIN (
      SELECT key FROM (
        SELECT key FROM loyalty_pointentry WHERE kind = 'earn'
        EXCEPT SELECT 'award:' || id || ':earn' FROM loyalty_award
      ) earned
      UNION ALL SELECT key FROM (
        SELECT key FROM loyalty_pointentry WHERE kind = 'withdraw'
        EXCEPT SELECT 'award:' || id || ':withdraw' FROM loyalty_award
      ) withdrawn
    ) strays ON strays.key = e.key""",
    line="entry {0} ({1}) belongs to no award",
)
sql_check(
    "points-transfer-pairs",
    rows="SELECT count(*) FROM loyalty_pointentry WHERE kind = 'transfer'",
    # The other half by its key: "<fact>:out" on one account, "<fact>:in" on another.
    violations="""
    SELECT t.id, t.key, t.amount FROM (
      SELECT id, key, amount, account_id,
             CASE WHEN substr(key, length(key) - 3) = ':out'
                    THEN substr(key, 1, length(key) - 4) || ':in'
                  WHEN substr(key, length(key) - 2) = ':in'
                    THEN substr(key, 1, length(key) - 3) || ':out' END AS other_key
      FROM loyalty_pointentry WHERE kind = 'transfer'
    ) t LEFT JOIN loyalty_pointentry o ON o.key = t.other_key AND o.kind = 'transfer'
    WHERE o.id IS NULL OR o.amount <> -t.amount OR o.account_id = t.account_id ORDER BY t.id""",
    line="transfer {0} ({1}) of {2} has no other half that cancels it out",
)
sql_check(
    "correction-request-has-its-entry",
    rows="SELECT count(*) FROM loyalty_correctionrequest",
    # By its key: an approved one moved its points once, no other moved any, and none is gone.
    violations="""
    SELECT r.id, r.state, r.amount, coalesce(e.amount, 0) FROM loyalty_correctionrequest r
    LEFT JOIN loyalty_pointentry e ON e.key = 'correction-request:' || r.id || ':adjust'
    WHERE (r.state = 'approved') <> (e.id IS NOT NULL)
       OR (e.id IS NOT NULL AND (e.amount <> r.amount OR e.account_id <> r.account_id
           OR e.actor_id <> r.decided_by_id))
    UNION ALL SELECT e.id, 'gone', 0, e.amount FROM loyalty_pointentry e JOIN (
      SELECT key FROM loyalty_pointentry WHERE key LIKE 'correction-request:%'
      EXCEPT SELECT 'correction-request:' || id || ':adjust' FROM loyalty_correctionrequest
    ) strays ON strays.key = e.key""",
    line="request {0} is {1} over {2} points, its entry says {3}",
)
sql_check(
    "correction-undone-at-most-whole",
    rows="SELECT count(*) FROM loyalty_pointentry WHERE kind = 'adjust'",
    # A mirror that reverses it, or less of it where the balance was short.
    violations="""
    SELECT u.id, u.amount, e.id, e.amount FROM loyalty_pointentry e
    JOIN loyalty_pointentry u ON u.key = 'entry:' || e.id || ':undo'
    WHERE u.account_id <> e.account_id OR u.kind <> 'adjust' OR e.kind <> 'adjust'
       OR u.amount * e.amount > 0 OR abs(u.amount) > abs(e.amount)
       OR (u.reverses_id IS NOT NULL) <> (u.amount = -e.amount)""",
    line="entry {0} takes {1} points back of entry {2}, which moved {3}",
)


@check("points-totals-are-sums")
def totals_are_sums() -> Finding:
    """The daily totals of the reports, each recomputed from the movements of its day."""
    last = totals.last_day()
    if last is None:
        return Finding()
    kept = {
        (day, kind): (entries, points)
        for day, kind, entries, points in PointTotal.objects.values_list(
            "day", "kind", "entries", "points"
        )
    }
    entries = PointEntry.objects.filter(created_at__lt=totals.midnight(last + totals.DAY))
    found = {(day, kind): (many, points) for day, kind, many, points in totals.by_day(entries)}
    wrong = sorted(key for key in kept.keys() | found.keys() if kept.get(key) != found.get(key))
    nothing = (0, 0)
    return Finding(
        len(kept),
        [
            f"total of {day} {kind} says {kept.get((day, kind), nothing)} movements and points,"
            f" the ledger {found.get((day, kind), nothing)}"
            for day, kind in wrong
        ],
    )
