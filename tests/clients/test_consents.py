"""The log of consent: what counts, and that nobody rewrites it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from clients.consents import consenting_ids, has_consent, record_consent
from clients.models import ConsentRecord
from foundation.guards import drop_guards
from foundation.locks import violated_constraint
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db

ENGLISH = "Send me news and points messages by e-mail. I can stop at any time."


def decide(client, granted: bool, source: str = "account") -> ConsentRecord:
    return record_consent(
        client=client, granted=granted, language="en", source=source, actor=client.user
    )


def test_a_decision_is_written_down_with_its_wording(alice, clock):
    record = decide(alice, True, source="sign-up")
    assert (record.granted, record.wording, record.language) == (True, ENGLISH, "en")
    assert (record.source, record.actor, record.recorded_at) == ("sign-up", alice.user, clock.now)


def test_the_newest_decision_counts(alice):
    assert not has_consent(alice.pk)
    decide(alice, True)
    assert has_consent(alice.pk)
    decide(alice, False)
    assert not has_consent(alice.pk)
    decide(alice, True)
    assert has_consent(alice.pk)
    assert list(ConsentRecord.objects.order_by("pk").values_list("granted", flat=True)) == [
        *[True, False, True]
    ]


def test_the_same_decision_is_not_written_twice(alice):
    assert decide(alice, True, "sign-up") == decide(alice, True, "booking")
    assert ConsentRecord.objects.get().source == "sign-up"


@pytest.mark.parametrize("many", [1, 30])
def test_consenting_ids_in_two_queries(django_assert_num_queries, many):
    clients = ClientFactory.create_batch(many * 3)
    for number, client in enumerate(clients):
        if number % 3 < 2:
            decide(client, True)
        if number % 3 == 1:
            decide(client, False)
    with django_assert_num_queries(2):
        found = consenting_ids(client.pk for client in clients)
    assert found == {client.pk for client in clients[::3]}


def test_consenting_ids_of_nobody():
    assert consenting_ids([]) == set()


# --- append-only ------------------------------------------------------------------------------


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        action()
    return violated_constraint(error.value)


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "change",
    [
        lambda: ConsentRecord.objects.update(granted=False),
        lambda: ConsentRecord.objects.update(wording=""),
        lambda: ConsentRecord.objects.update(source="desk"),
        lambda: ConsentRecord.objects.get().save(),
        lambda: ConsentRecord.objects.all().delete(),
        lambda: ConsentRecord.objects.get().delete(),
        lambda: execute("UPDATE clients_consentrecord SET granted = false"),
        lambda: execute("DELETE FROM clients_consentrecord"),
    ],
    ids=["granted", "wording", "source", "save", "delete", "row", "raw-update", "raw-delete"],
)
def test_a_decision_is_never_changed_or_deleted(alice, change):
    decide(alice, True)
    assert "clients_consentrecord_append_only" in refused(change)
    assert has_consent(alice.pk)


def test_a_client_with_decisions_is_not_deleted(alice):
    decide(alice, True)
    with pytest.raises(ProtectedError):
        alice.delete()


def test_without_the_guard_the_log_can_be_rewritten(alice):
    """The negative control: it is the guard that the tests above see."""
    decide(alice, True)
    with transaction.atomic():
        connection.check_constraints()  # PostgreSQL alters no table that owes it a check
        drop_guards(["clients_consentrecord"])
        ConsentRecord.objects.update(granted=False)
        assert not has_consent(alice.pk)
        transaction.set_rollback(True)
