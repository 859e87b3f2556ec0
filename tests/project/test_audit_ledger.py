"""``manage.py audit_ledger``: what it prints, and the three ways it ends."""

from __future__ import annotations

import io
import re

import pytest
from django.core.management import call_command
from django.db import connection

from foundation import audit
from foundation.audit import Finding, load_checks
from foundation.guards import all_guards, drop_guards
from giftcards.models import GiftCard
from tests.factories import give_card, give_points, turn_on

pytestmark = pytest.mark.django_db


def run() -> tuple[int, str, str]:
    """Exit code, what it said, what it complained."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command("audit_ledger", stdout=out, stderr=err, no_color=True)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, out.getvalue(), err.getvalue()


def line_of(check: str, text: str) -> list[str]:
    """Rows, violations and seconds of one check."""
    (found,) = re.findall(rf"^{re.escape(check)}\s+(\d+)\s+(\d+)\s+([\d.]+)$", text, re.M)
    return list(found)


def test_audit_of_an_honest_house_is_clean(alice):
    turn_on("loyalty")
    give_card(alice)
    give_points(alice, 340)

    code, out, err = run()

    assert (code, err) == (0, "")
    assert out.endswith("no violations\n")
    assert line_of("card-chain", out)[:2] == ["1", "0"]
    assert line_of("points-chain", out)[:2] == ["1", "0"]
    assert line_of("missing guards", out)[:2] == [str(len(all_guards())), "0"]


def test_audit_has_a_line_for_every_check():
    _, out, _ = run()

    for name in load_checks():
        assert line_of(name, out)


def test_audit_exits_1_on_a_lie_and_names_it(alice):
    card = give_card(alice)
    GiftCard.objects.update(last_four="0000")

    code, out, _ = run()

    assert code == 1
    assert line_of("card-code-opens-its-card", out)[:2] == ["1", "1"]
    assert f"    the code of card {card.pk} does not open it\n" in out
    assert out.endswith("violations: 1\n")


def test_audit_shows_the_first_twenty_of_many(alice):
    for _ in range(23):
        give_card(alice)
    GiftCard.objects.update(last_four="0000")

    code, out, _ = run()

    assert code == 1
    assert out.count("does not open it") == 20
    assert "    … and 3 more\n" in out


def test_audit_exits_1_when_a_guard_is_missing():
    connection.check_constraints()
    drop_guards(["giftcards_cardentry"])

    code, out, _ = run()

    assert code == 1
    assert "    the database lacks giftcards_cardentry_append_only\n" in out


def test_audit_exits_2_when_it_could_not_run(monkeypatch):
    def broken() -> Finding:
        raise ZeroDivisionError("a check at fault")

    load_checks()
    monkeypatch.setattr(audit, "_checks", {"broken": broken})

    code, _, err = run()

    assert code == 2
    assert err == "The audit could not run: ZeroDivisionError: a check at fault\n"


@pytest.mark.parametrize("many", [1, 30])
def test_audit_asks_as_often_for_1_card_as_for_30(alice, many, django_assert_max_num_queries):
    for _ in range(many):
        give_card(alice)

    with django_assert_max_num_queries(2 * len(load_checks()) + 20):
        run()
