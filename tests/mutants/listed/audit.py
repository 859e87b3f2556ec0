"""The audit: each of its checks finding nothing any more."""

from __future__ import annotations

from tests.mutants.kinds import AuditCheck, Mutant

_LIE = "audit/test_corruptions.py::test_a_lie_is_found_under_its_own_name[{}]"

_CHECKS = (
    "outbox: a message that is done holds no secret",
    "outbox: an unsent message says why",
    "outbox: a sent message has its time, others have none",
    "outbox: every kind of message is known",
    "message texts: every own text can be used",
    "bookings-no-overlap",
    "bookings-resource-no-overlap",
    "bookings-resource-goes-with-its-provider",
    "bookings-add-ons-are-paid-and-done",
    "bookings-occupation-of-standing-booking",
    "bookings-no-time-for-cancelled",
    "bookings-booked-places",
    "bookings-occupation-of-session",
    "bookings-place-agrees-with-session",
    "bookings-offered-places",
    "bookings-nobody-waits-for-the-past",
    "bookings-nobody-comes-to-a-cancelled-session",
    "bookings-waiting-place-is-of-its-session",
    "bookings-offered-time-is-kept",
    "bookings-taken-place-is-a-visit",
    "bookings-session-of-its-rule",
    "bookings-visit-spans-its-bookings",
    "bookings-hold-keeps-its-own-time",
    "card-balance-is-sum",
    "card-last-sequence",
    "card-chain",
    "card-recorded-in-order",
    "card-reversal-mirrors",
    "card-not-in-the-future",
    "card-void-is-empty",
    "card-issued-once-with-its-value",
    "card-return-names-its-spending",
    "card-never-above-its-value",
    "card-code-opens-its-card",
    "points-balance-is-sum",
    "points-last-sequence",
    "points-chain",
    "points-recorded-in-order",
    "points-reversal-mirrors",
    "points-not-in-the-future",
    "points-floor",
    "award-credited-once",
    "award-withdrawn-once",
    "award-explains-points",
    "award-of-standing-visit",
    "earn-entry-has-award",
    "points-transfer-pairs",
    "points-totals-are-sums",
    "sale-paid-is-sum",
    "sale-total-is-sum",
    "payment-matches-card-entry",
    "refund-mirrors-payment",
    "cancelled-sale-is-refunded",
    "points-card-has-debit",
    "points-spent-bought-something",
    "joined-record-has-nothing",
    "constraints-in-place",
    "rows-obey-checks",
    "keys-are-unique",
    "features-agree",
    "settings-in-range",
    "payment-for-every-card-entry",
    "award-of-sale-line",
    "outbox: marketing went to people who had agreed",
)

MUTANTS = tuple(
    Mutant(f"audit {name}", "this check of the audit", AuditCheck(name), (_LIE.format(name),))
    for name in _CHECKS
)
