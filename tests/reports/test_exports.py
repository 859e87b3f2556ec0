"""Every file holds what its report shows, in its order, for every filter."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.test import Client as Browser
from openpyxl import load_workbook

from clients.consents import record_consent
from foundation.models import User
from loyalty.models import Award, PointEntry
from tests.factories import ClientFactory, give_points
from tests.reports.conftest import House

pytestmark = pytest.mark.django_db

REPORT = "/admin/reports/loyalty/"
COMING = "/admin/reports/loyalty/on-the-way/"
CLIENTS = "/admin/reports/clients/"


def csv_rows(browser: Browser, address: str) -> list[list[str]]:
    answer = browser.get(address)
    assert answer.status_code == 200, answer
    text = answer.getvalue().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def excel_rows(browser: Browser, address: str) -> list[tuple[Any, ...]]:
    sheet = load_workbook(io.BytesIO(browser.get(address).getvalue())).active
    assert sheet is not None
    return list(sheet.iter_rows(min_row=2, values_only=True))


def shown(browser: Browser, address: str, key: str) -> list[Any]:
    """The report's rows, walked page by page to the end."""
    answer = browser.get(address)
    rows = list(answer.context[key])
    while answer.context["page"].next:
        sign = "&" if "?" in address else "?"
        answer = browser.get(f"{address}{sign}at={answer.context['page'].next}")
        rows += answer.context[key]
    return rows


FILTERS = [
    "",
    "range=today",
    "range=7-days",
    "range=month",
    "range=last-month",
    "range=all",
    "range=all&order=oldest",
    "first=2025-11-05&last=2025-11-05",
    "last=2025-11-04",
    "client={alice}",
    "who=ander+ali",
    "kind=earn",
    "kind=adjust&order=oldest",
    "kind=spend",
    "what=service-{massage}",
    "what=reward-{reward}",
    "q=raksmorgas",
    "q=massage",
    "q=nothing+at+all",
    "client={bob}&kind=adjust&first=2025-11-06&q=mistake",
]


@pytest.mark.parametrize("query", FILTERS)
def test_movements_file_holds_what_the_report_shows(
    house: House, manager: Browser, query: str
) -> None:
    query = query.format(
        alice=house.alice.pk, bob=house.bob.pk, massage=house.massage.pk, reward=house.reward.pk
    )
    lines = shown(manager, f"{REPORT}?{query}", "lines")
    wanted = [(line.entry.pk, line.entry.amount, line.entry.balance_after) for line in lines]

    in_csv = csv_rows(manager, f"{REPORT}export.csv?{query}")
    in_excel = excel_rows(manager, f"{REPORT}export.xlsx?{query}")

    assert [(int(row[8]), int(row[5]), int(row[6])) for row in in_csv] == wanted
    assert [(row[8], row[5], row[6]) for row in in_excel] == wanted


@pytest.mark.parametrize("order", ["", "&order=oldest"])
def test_file_of_more_rows_than_a_page_and_a_chunk(
    loyalty: None, alice: Any, manager: Browser, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many at one instant: the id decides, on the page as in the file."""
    for number in range(1, 121):
        give_points(alice, number)
    monkeypatch.setattr("foundation.keyset.every_row.__kwdefaults__", {"size": 7})

    in_file = csv_rows(manager, f"{REPORT}export.csv?range=all{order}")

    lines = shown(manager, f"{REPORT}?range=all{order}", "lines")
    assert len(lines) == 120
    assert [int(row[8]) for row in in_file] == [line.entry.pk for line in lines]


def test_movements_file_tells_a_movement_whole(house: House, manager: Browser) -> None:
    earned = PointEntry.objects.get(kind="earn", account__client=house.alice)
    rows = csv_rows(manager, f"{REPORT}export.csv?kind=earn&client={house.alice.pk}")
    assert rows == [
        [
            "2025-11-04T18:00+02:00",
            "Alice Andersen",
            "Earned",
            "Deep tissue massage",
            "1 × 60 = 60 for Deep tissue massage, Tue 4 Nov 12:00",
            "60",
            "1060",
            "The system",
            str(earned.pk),
            str(house.alice.pk),
            str(earned.booking_id),
        ]
    ]


def test_what_staff_typed_is_no_formula_and_a_deduction_is_a_number(
    house: House, manager: Browser
) -> None:
    query = f"client={house.bob.pk}&q=mistake"
    (row,) = csv_rows(manager, f"{REPORT}export.csv?{query}")
    assert (row[4], row[5]) == ("'=1+1 by mistake", "-20")
    (cells,) = excel_rows(manager, f"{REPORT}export.xlsx?{query}")
    assert (cells[4], cells[5]) == ("=1+1 by mistake", -20)
    assert cells[0] == dt.datetime(2025, 11, 6, 12, 0)


def test_danish_file_has_semicolons(house: House, manager: Browser, maria: User) -> None:
    maria.language = "da"
    maria.save()
    answer = manager.get(f"{REPORT}export.csv?kind=spend")
    text = answer.getvalue().decode()
    assert text.startswith("\ufeff")
    assert text.splitlines()[1].startswith("2025-11-05T18:10+02:00;Alice Andersen;")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("first=2025-11-01&last=2025-11-30", "loyalty-points_2025-11-01_2025-11-30"),
        ("", "loyalty-points_2025-10-08_2025-11-06"),
        ("range=all", "loyalty-points_all"),
        ("first=2025-11-01", "loyalty-points_from_2025-11-01"),
        ("last=2025-11-01", "loyalty-points_until_2025-11-01"),
    ],
)
def test_file_is_named_after_its_days(
    house: House, manager: Browser, query: str, name: str
) -> None:
    for kind in ("csv", "xlsx"):
        answer = manager.get(f"{REPORT}export.{kind}?{query}")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.{kind}"'
        assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "query", ["", "client={alice}", "who=bob", "first=2025-11-07", "what=service-{massage}"]
)
def test_points_on_the_way_have_a_file_of_their_own(
    house: House, manager: Browser, query: str
) -> None:
    query = query.format(alice=house.alice.pk, massage=house.massage.pk)
    wanted = [line.award.pk for line in shown(manager, f"{COMING}?{query}", "lines")]
    assert [int(row[5]) for row in csv_rows(manager, f"{COMING}export.csv?{query}")] == wanted
    assert [row[5] for row in excel_rows(manager, f"{COMING}export.xlsx?{query}")] == wanted


def test_award_is_told_with_the_hour_that_the_client_is_told(
    house: House, manager: Browser
) -> None:
    award = Award.objects.get(state="promised")
    (row,) = csv_rows(manager, f"{COMING}export.csv")
    assert row[:6] == [
        "2025-11-07T16:00+02:00",
        "Alice Andersen",
        "Deep tissue massage",
        "2025-11-07T12:00+02:00",
        "60",
        str(award.pk),
    ]


@pytest.mark.parametrize("query", ["", "q=ander", "points=on", "agreed=on", "points=on&q=b"])
def test_clients_file_holds_what_the_report_shows(
    house: House, manager: Browser, query: str
) -> None:
    ClientFactory.create_batch(60)
    record_consent(client=house.alice, granted=True, language="en", source="desk", actor=None)
    rows = shown(manager, f"{CLIENTS}?{query}", "rows")
    wanted = [(row.client.pk, row.visits, row.points) for row in rows]
    in_csv = csv_rows(manager, f"{CLIENTS}export.csv?{query}")
    in_excel = excel_rows(manager, f"{CLIENTS}export.xlsx?{query}")
    assert [(int(row[9]), int(row[3]), int(row[8])) for row in in_csv] == wanted
    assert [(row[9], row[3], row[8]) for row in in_excel] == wanted


def test_a_filter_that_does_not_pass_makes_no_file(house: House, manager: Browser) -> None:
    answer = manager.get(f"{REPORT}export.csv?kind=nonsense")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{REPORT}?kind=nonsense"


@pytest.mark.parametrize("address", [REPORT, COMING, CLIENTS])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_front_desk_reads_and_takes_no_files(
    house: House, desk: Browser, address: str, kind: str
) -> None:
    assert desk.get(address).status_code == 200
    assert desk.get(f"{address}export.{kind}").status_code == 403
    assert "Export" not in desk.get(address).content.decode()
