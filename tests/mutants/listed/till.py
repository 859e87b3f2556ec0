# ruff: noqa: E501 — fragments of source stand here as they stand there
"""The till: who may stand at it, and what it locks."""

from __future__ import annotations

from tests.mutants.kinds import POSTGRESQL, SQLITE, Mutant, code

_TILL = "sales/checkout.py"
_LINES = "sales/checkout_lines.py"
_PAY = "sales/checkout_payments.py"
_REFUNDS = "sales/checkout_refunds.py"
_LOCKS = "locks/test_till.py::test_{}"
_OF_LINES = "sales/test_checkout_lines.py::test_{}"
_CLOSED = "sales/test_checkout_payments.py::test_a_completed_sale_takes_and_gives_nothing"
_DAY = "sales/test_checkout_refunds.py::test_the_desk_refunds_on_the_day_and_a_manager_always"


def _right(name: str, off: str, path: str, old: str, new: str, *tests: str) -> Mutant:
    return code(name, f"right: {off}", path, old, new, *tests, databases=(SQLITE,))


def _lock(name: str, off: str, path: str, old: str, new: str, test: str) -> Mutant:
    return code(name, f"lock: {off}", path, old, new, test, databases=(POSTGRESQL,))


def _open(name: str, command: str, after: str, test: str = _CLOSED, path: str = _PAY) -> Mutant:
    """The sale is neither locked nor looked at; ``after`` is what stands behind it."""
    old, new = (
        "        locked = lock_open(sale)\n",
        "        locked = Sale.objects.get(pk=sale.pk)\n",
    )
    return code(name, f"{command}: only an open sale", path, old + after, new + after, test)


MUTANTS = (
    _right(
        "till-right",
        "who takes money",
        _LINES,
        "    if not actor.has_perm(CHECK_OUT):\n        raise NotAllowed",
        "    if False:\n        raise NotAllowed",
        _OF_LINES.format("a_provider_takes_no_money"),
    ),
    _right(
        "till-discount-right",
        "who gives discounts",
        _LINES,
        "        if is_cheaper and not actor.has_perm(DISCOUNT):\n            raise NotAllowed",
        "        if False:\n            raise NotAllowed",
        _OF_LINES.format("a_discount_needs_its_right"),
    ),
    _right(
        "refund-right",
        "who refunds at all",
        _REFUNDS,
        "    if not (actor.has_perm(TODAY) or actor.has_perm(ANY_DAY)):\n        raise NotAllowed",
        "    if False:\n        raise NotAllowed",
        _DAY,
    ),
    _right(
        "refund-any-day",
        "who refunds after the day",
        _REFUNDS,
        "    if actor.has_perm(ANY_DAY):\n        return True\n",
        "",
        _DAY,
    ),
    _right(
        "refund-today",
        "who refunds on the day only",
        _REFUNDS,
        "    return actor.has_perm(TODAY) and day == local_today(business)",
        "    return True",
        _DAY,
    ),
    code(
        "till-erased",
        "nothing is sold to an erased client",
        _TILL,
        "client=lock_client(client.pk) if client else None",
        "client=client",
        _OF_LINES.format("nothing_is_sold_to_who_was_erased"),
    ),
    code(
        "till-erased-later",
        "no sale becomes an erased client's",
        _TILL,
        "chosen = lock_client(client.pk) if client else None",
        "chosen = client",
        _OF_LINES.format("nothing_is_sold_to_who_was_erased"),
    ),
    _open(
        "till-open-client",
        "choosing a client",
        "        has_rewards =",
        _OF_LINES.format("whose_sale_it_was_is_not_changed_later"),
        _TILL,
    ),
    _open("till-open-cash", "paying in cash", '        content = [sale.pk, "cash"'),
    _open("till-open-card", "paying by card", "        content = [sale.pk, own_tender"),
    _open("till-open-gift-card", "paying by gift card", '        content = [sale.pk, "gift-card"'),
    _open("till-open-back", "taking a payment back", "        payments = locked.payments"),
    _lock(
        "lock-open-sale",
        "the sale that is changed",
        _LINES,
        "    locked = lock_one(Sale.objects.all(), sale.pk)\n    if locked.state != SaleState.OPEN:",
        "    locked = Sale.objects.get(pk=sale.pk)\n    if locked.state != SaleState.OPEN:",
        _LOCKS.format("nothing_is_added_to_a_sale_that_is_being_completed"),
    ),
    _lock(
        "lock-changed-lines",
        "the sale whose lines change",
        _LINES,
        "        locked = lock_open(sale)\n        yield locked",
        "        locked = Sale.objects.get(pk=sale.pk)\n        yield locked",
        _LOCKS.format("nothing_is_added_to_a_sale_that_is_being_completed"),
    ),
    _lock(
        "lock-discarded-sale",
        "the sale that is left",
        _TILL,
        "lock_one(Sale.objects.all(), sale.pk)",
        "Sale.objects.get(pk=sale.pk)",
        _LOCKS.format("a_sale_is_not_left_while_it_is_paid"),
    ),
    _lock(
        "lock-receipt-numbers",
        "the numbers of receipts",
        _TILL,
        "lock_one(Business.objects.all(), 1)",
        "Business.objects.get(pk=1)",
        _LOCKS.format("receipts_are_numbered_one_after_the_other"),
    ),
    _lock(
        "lock-completed-walk-in",
        "a sale without a visit that is completed",
        _LINES,
        "        return lock_one(Sale.objects.all(), sale.pk), []",
        "        return Sale.objects.get(pk=sale.pk), []",
        _LOCKS.format("a_line_that_is_being_refunded_is_refunded_once"),
    ),
    _lock(
        "lock-completed-visit",
        "a visit's sale that is completed",
        _LINES,
        "    locked, bookings = lock_visit(sale.visit)",
        "    locked, bookings = Sale.objects.get(pk=sale.pk), list(sale.visit.bookings.all())",
        _LOCKS.format("a_visit_that_is_being_cancelled_is_not_completed"),
    ),
    _lock(
        "lock-complete",
        "the sale that is completed",
        _TILL,
        "locked, bookings = lock_whole(sale)",
        "locked, bookings = Sale.objects.get(pk=sale.pk), []",
        _LOCKS.format("a_visit_that_is_being_cancelled_is_not_completed"),
    ),
    _lock(
        "lock-till-switches",
        "the switches while a sale is completed",
        _TILL,
        "        features = lock_features()\n",
        "        features = Features.objects.get(pk=1)\n",
        _LOCKS.format("no_reward_is_given_while_loyalty_is_switched_off"),
    ),
    _lock(
        "lock-card-at-till",
        "the gift card that pays at the till",
        _PAY,
        'lock_one(GiftCard.objects.select_related("type"), card.pk)',
        'GiftCard.objects.select_related("type").get(pk=card.pk)',
        _LOCKS.format("a_card_that_pays_elsewhere_is_looked_at_again"),
    ),
    _lock(
        "lock-refunded-sale",
        "the sale that is refunded",
        _REFUNDS,
        "locked, _bookings = lock_whole(sale)",
        "locked, _bookings = Sale.objects.get(pk=sale.pk), []",
        _LOCKS.format("a_line_that_is_being_refunded_is_refunded_once"),
    ),
    _lock(
        "lock-rest-of-refund",
        "awards and cards of a refund",
        _REFUNDS,
        "                _lock_rest(locked, lines)\n",
        "",
        "sales/test_checkout_refunds.py::test_a_sold_card_is_closed_unless_it_was_used",
    ),
    _lock(
        "lock-sold-card",
        "the sold card that is closed",
        _REFUNDS,
        "cards = lock_in_order(GiftCard.objects.all(), paid | sold)",
        "cards = GiftCard.objects.in_bulk(paid | sold)",
        _LOCKS.format("a_sold_card_that_is_paying_is_not_closed"),
    ),
)
