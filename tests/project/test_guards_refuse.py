"""Each guard outside the ledgers refuses, and without it the harm goes through.

The second half is the negative control: a test of a guard that would pass without the guard proves
nothing (reliability trap 17). The ledgers' guards stand in tests/ledger/test_database_refuses.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from bookings.models import (
    Booking,
    BookingChange,
    Occupation,
    OccupationKind,
    ResourceOccupation,
    Visit,
)
from clients.consents import record_consent
from clients.models import ConsentRecord
from foundation import clock
from foundation.guards import Guard, all_guards, drop_guards
from foundation.locks import violated_constraint
from loyalty.correcting_requests import decline_correction
from loyalty.models import Award, CorrectionRequest
from sales.models import Payment, SaleLine
from sales.visits import cancel_visit
from tests.factories import (
    ClientFactory,
    EarningRuleFactory,
    ProviderFactory,
    ResourceFactory,
    UserFactory,
    ask_for_points,
    book,
    give_card,
    turn_on,
)
from tests.sales.till import sold

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def a_consent() -> None:
    record_consent(
        client=ClientFactory(), granted=True, language="en", source="account", actor=None
    )


def a_visit() -> None:
    turn_on("loyalty")
    client = ClientFactory()
    rule = EarningRuleFactory(service__providers=[ProviderFactory()])
    card = give_card(client, 5000)
    book(client, rule.service, clock.now() + 24 * HOUR, card_ids=(card.pk,))


def a_request() -> None:
    turn_on("loyalty")
    ask_for_points(ClientFactory())


def a_decided_request() -> None:
    a_request()
    decline_correction(
        request=CorrectionRequest.objects.get(),
        answer="Too many",
        actor=UserFactory(is_superuser=True),
    )


def a_dropped_award() -> None:
    a_visit()
    Award.objects.update(state="dropped", reason="cancelled")


def a_cancelled_visit() -> None:
    a_visit()
    cancel_visit(visit=Visit.objects.get(), actor=None)


def a_receipt() -> None:
    sold(UserFactory(is_superuser=True))


def a_refund_of_half() -> None:
    """A row that gives half of a payment back, beside it."""
    payment = Payment.objects.get()
    payment.refunds_id, payment.pk = payment.pk, None
    payment.amount_minor, payment.given_minor = -payment.amount_minor // 2, None
    payment.save(force_insert=True)


def two_stretches_of_time_off() -> None:
    provider = ProviderFactory()
    for start in (clock.now(), clock.now() + 2 * HOUR):
        Occupation.objects.create(
            provider=provider,
            kind=OccupationKind.TIME_OFF,
            starts_at=start,
            ends_at=start + HOUR,
        )


def an_overlapping_row() -> None:
    first = Occupation.objects.order_by("pk").first()
    assert first is not None
    first.pk, first.starts_at = None, first.starts_at + HOUR / 2
    first.ends_at += HOUR / 2
    first.save(force_insert=True)


def an_overlapping_change() -> None:
    last = Occupation.objects.order_by("pk").last()
    assert last is not None
    Occupation.objects.filter(pk=last.pk).update(starts_at=last.starts_at - 2 * HOUR)


def a_room_out_of_order_twice() -> None:
    room = ResourceFactory()
    for start in (clock.now(), clock.now() + 2 * HOUR):
        ResourceOccupation.objects.create(resource=room, starts_at=start, ends_at=start + HOUR)


def an_overlapping_use() -> None:
    first = ResourceOccupation.objects.order_by("pk").first()
    assert first is not None
    first.pk, first.starts_at = None, first.starts_at + HOUR / 2
    first.ends_at += HOUR / 2
    first.save(force_insert=True)


def an_overlapping_change_of_use() -> None:
    last = ResourceOccupation.objects.order_by("pk").last()
    assert last is not None
    ResourceOccupation.objects.filter(pk=last.pk).update(starts_at=last.starts_at - 2 * HOUR)


def raw(sql: str) -> Callable[[], None]:
    def execute() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    return execute


# Guard → what must be there, and what it refuses.
CASES: list[tuple[str, Callable[[], None], Callable[[], object]]] = [
    (
        "clients_consentrecord_append_only",
        a_consent,
        lambda: ConsentRecord.objects.update(granted=False),
    ),
    (
        "clients_consentrecord_append_only",
        a_consent,
        lambda: ConsentRecord.objects.all().delete(),
    ),
    (
        "clients_consentrecord_append_only",
        a_consent,
        raw("UPDATE clients_consentrecord SET wording = ''"),
    ),
    ("sales_payment_append_only", a_visit, lambda: Payment.objects.update(amount_minor=1)),
    ("sales_payment_append_only", a_visit, lambda: Payment.objects.all().delete()),
    ("sales_payment_append_only", a_visit, raw("DELETE FROM sales_payment")),
    ("sales_payment_mirrors", a_receipt, a_refund_of_half),
    ("sales_line_sold", a_receipt, lambda: SaleLine.objects.update(vat_hundredths=0)),
    ("sales_line_sold", a_receipt, raw("DELETE FROM sales_saleline")),
    ("award_goes_forward", a_dropped_award, lambda: Award.objects.update(state="promised")),
    ("award_goes_forward", a_visit, lambda: Award.objects.update(points=120, base=2, rate=60)),
    ("award_kept", a_visit, raw("DELETE FROM loyalty_award WHERE id NOT IN (SELECT 0)")),
    (
        "correction_request_decided_once",
        a_decided_request,
        lambda: CorrectionRequest.objects.update(state="waiting", decided_by=None, decided_at=None),
    ),
    (
        "correction_request_decided_once",
        a_decided_request,
        lambda: CorrectionRequest.objects.update(state="approved"),
    ),
    (
        "correction_request_decided_once",
        a_request,
        raw("UPDATE loyalty_correctionrequest SET amount = 50000"),
    ),
    ("correction_request_kept", a_request, raw("DELETE FROM loyalty_correctionrequest")),
    (
        "bookings_bookingchange_append_only",
        a_cancelled_visit,
        lambda: BookingChange.objects.update(by_client=True),
    ),
    (
        "bookings_bookingchange_append_only",
        a_cancelled_visit,
        lambda: BookingChange.objects.update(reason="Another one"),
    ),
    (
        "bookings_bookingchange_append_only",
        a_cancelled_visit,
        lambda: BookingChange.objects.update(reason="", by_client=True),
    ),
    (
        "bookings_bookingchange_append_only",
        a_cancelled_visit,
        raw("DELETE FROM bookings_bookingchange"),
    ),
    (
        "booking_revived_with_time",
        a_cancelled_visit,
        lambda: Booking.objects.update(status="booked"),
    ),
    (
        "booking_revived_with_time",
        a_cancelled_visit,
        raw("UPDATE bookings_booking SET status = 'completed'"),
    ),
    ("occupation_no_overlap", two_stretches_of_time_off, an_overlapping_row),
    ("occupation_no_overlap", two_stretches_of_time_off, an_overlapping_change),
    ("resource_no_overlap", a_room_out_of_order_twice, an_overlapping_use),
    ("resource_no_overlap", a_room_out_of_order_twice, an_overlapping_change_of_use),
]


@pytest.mark.parametrize(("guard", "arrange", "harm"), CASES)
def test_the_guard_refuses(
    guard: str, arrange: Callable[[], None], harm: Callable[[], object]
) -> None:
    arrange()

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        harm()

    assert guard in violated_constraint(refused.value)


@pytest.mark.parametrize(("guard", "arrange", "harm"), CASES)
def test_without_the_guard_the_harm_is_done(
    guard: str, arrange: Callable[[], None], harm: Callable[[], object]
) -> None:
    arrange()
    connection.check_constraints()
    drop_guards([each.table for each in all_guards() if each.name == guard])

    with transaction.atomic():
        harm()
        transaction.set_rollback(True)


NEVER_EMPTIED = [each for each in all_guards() if each.name.endswith("_never_emptied")]


@pytest.mark.parametrize("guard", NEVER_EMPTIED, ids=lambda guard: guard.table)
def test_a_table_that_is_only_added_to_is_never_emptied(guard: Guard) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has no TRUNCATE: its DELETE is refused row by row")

    # Its own name: CASCADE reaches tables that refuse for themselves.
    with pytest.raises(IntegrityError, match=guard.name), transaction.atomic():
        raw(f"TRUNCATE {guard.table} CASCADE")()

    drop_guards()
    with transaction.atomic():
        raw(f"TRUNCATE {guard.table} CASCADE")()
        transaction.set_rollback(True)


def test_half_open_times_may_touch() -> None:
    two_stretches_of_time_off()
    first = Occupation.objects.order_by("pk").first()
    assert first is not None

    Occupation.objects.filter(pk=first.pk).update(ends_at=first.ends_at + HOUR)


def test_every_guard_has_a_case() -> None:
    outside = {
        each.name
        for each in all_guards()
        if not each.table.endswith(("entry", "giftcard", "pointaccount"))
        and each not in NEVER_EMPTIED
    }

    assert {guard for guard, _, _ in CASES} == outside
