"""Large files over the web: offered, asked for, watched, fetched, cancelled; each by its owner."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from foundation.models import User
from reports import export_pages, jobs, storage, tasks
from reports.models import ExportJob
from tests.conftest import Clock
from tests.reports.conftest import House

pytestmark = pytest.mark.django_db

REPORT = "/admin/reports/loyalty/"
FILE = f"{REPORT}export.csv?range=all"
POLL = {"HX-Request": "true", "HX-Target": "export-progress"}


@pytest.fixture(autouse=True)
def _small_is_large(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_pages, "MOST_ROWS", 6)
    monkeypatch.setattr(tasks.write_exports, "apply_async", lambda **how: None)


@pytest.fixture
def other_manager(olga: User) -> Browser:
    browser = Browser()
    browser.force_login(olga)
    return browser


@pytest.fixture
def page(manager: Browser) -> str:
    """The address of the job that Maria asked for."""
    return manager.post(FILE).headers["Location"]


def text_of(browser: Browser, address: str, **headers: str) -> str:
    answer = browser.get(address, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_large_file_is_offered_and_nothing_is_made(manager: Browser) -> None:
    answer = manager.get(FILE)
    assert "This file has more than 6 rows" in answer.content.decode()
    assert not ExportJob.objects.exists()
    assert manager.get(f"{REPORT}export.csv?range=today").headers["Content-Disposition"]


def test_two_clicks_are_one_job(manager: Browser, page: str) -> None:
    assert manager.post(FILE).headers["Location"] == page
    assert ExportJob.objects.count() == 1


def test_another_file_waits_with_the_way_out(manager: Browser, page: str) -> None:
    answer = manager.post(f"{REPORT}export.xlsx?range=all")
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Another file is being made for you" in text
    assert f'href="{page}"' in text
    assert f'action="{page}cancel/"' in text
    assert ExportJob.objects.count() == 1


def test_pages_say_what_the_file_holds_and_where_it_belongs(house: House, manager: Browser) -> None:
    asked = f"?kind=earn&client={house.alice.pk}&first=2025-11-01"
    words = "Dates: From 1 Nov 2025 · Client: Alice Andersen · Kind: Earned"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_pages, "MOST_ROWS", 0)
        assert words in text_of(manager, f"{REPORT}export.csv{asked}")
        page = manager.post(f"{REPORT}export.csv{asked}").headers["Location"]
        assert words in text_of(manager, page)
        assert words in manager.post(FILE).content.decode()
        tasks.write_exports()
        assert words in manager.get(page, headers=POLL).content.decode()
        for name, held in (("loyalty/on-the-way", "All points on the way"), ("clients", "by name")):
            assert held in text_of(manager, f"/admin/reports/{name}/export.csv")
        entries = [
            entry
            for group in manager.get(page).context["sidebar_navigation"]
            for entry in group["items"]
            if entry["active"]
        ]
    assert [str(entry["link"]) for entry in entries] == [REPORT]


def test_page_of_a_file_leads_to_the_other_files_that_lie_ready(
    manager: Browser, other_manager: Browser, page: str, clock: Clock
) -> None:
    assert "Your other files" not in text_of(manager, page)
    tasks.write_exports()
    clock.advance(minutes=1)
    newest = manager.post(f"{REPORT}export.xlsx?range=all").headers["Location"]
    text = text_of(manager, newest)
    assert f'href="{page}"' in text
    assert "All time" in text
    somebody_elses = other_manager.post(FILE).headers["Location"]
    assert "Your other files" not in text_of(other_manager, somebody_elses)


def test_page_tells_how_far_it_is_with_and_without_htmx(manager: Browser, page: str) -> None:
    assert "Waiting to begin." in text_of(manager, page)
    job = jobs.claim_next()
    assert job is not None
    assert "Counting the rows." in text_of(manager, page)
    jobs.keep_alive(job, rows_done=3, rows_total=7)
    assert "3 of 7 rows written, 42 %" in text_of(manager, page)

    part = text_of(manager, f"{page}?said=0", **POLL)
    assert '<progress class="meter" max="100" value="42"' in part
    assert "25 % of the file is written." in part
    assert "<html" not in part
    assert "is written" not in text_of(manager, f"{page}?said=25", **POLL)


def test_poll_ends_when_the_file_is_ready(manager: Browser, page: str) -> None:
    tasks.write_exports()
    answer = manager.get(page, headers=POLL)
    text = answer.content.decode()
    assert answer.headers["HX-Retarget"] == "#export"
    assert "The file is ready: 7 rows." in text
    assert "hx-trigger" not in text
    assert "until Fri 7 Nov 12:00" in text


def test_download_is_the_file_and_kept_by_nobody(manager: Browser, page: str) -> None:
    assert manager.get(f"{page}download/").headers["Location"] == page
    tasks.write_exports()
    answer = manager.get(f"{page}download/")
    assert answer.getvalue().decode("utf-8-sig").count("\n") == 8
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="loyalty-points_all.csv"'
    )
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("end", ["", "download/", "cancel/"])
def test_somebody_elses_file_is_not_there(
    manager: Browser, other_manager: Browser, page: str, end: str
) -> None:
    """Like one that never was: 404 for both."""
    tasks.write_exports()
    ask = other_manager.post if end == "cancel/" else other_manager.get
    missing = reverse("reports:export", args=[ExportJob.objects.get().pk + 1])
    assert ask(f"{page}{end}").status_code == 404
    assert ask(f"{missing}{end}").status_code == 404


def test_role_taken_away_ends_the_right_to_the_file(
    manager: Browser, maria: User, page: str
) -> None:
    tasks.write_exports()
    maria.groups.clear()
    assert manager.get(f"{page}download/").status_code == 403


def test_file_of_clients_needs_the_right_to_see_clients(
    manager: Browser, maria: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_pages, "MOST_ROWS", 1)
    page = manager.post("/admin/reports/clients/export.csv").headers["Location"]
    tasks.write_exports()
    group = maria.groups.get()
    group.permissions.remove(group.permissions.get(codename="view_client"))
    assert manager.get(f"{page}download/").status_code == 403


def test_cancelled_file_says_so_and_is_made_anew(manager: Browser, page: str) -> None:
    assert manager.get(f"{page}cancel/").status_code == 405
    manager.post(f"{page}cancel/")
    tasks.write_exports()
    text = text_of(manager, page)
    assert "You cancelled this file." in text
    assert f'action="{REPORT}export.csv?range=all"' in text
    assert manager.post(FILE).headers["Location"] != page


def test_failed_file_says_why_in_words(manager: Browser, page: str) -> None:
    job = jobs.claim_next()
    assert job is not None
    jobs.fail(job, ExportJob.Reason.DISK_FULL)
    text = text_of(manager, page)
    assert "The file could not be made. There is no room left" in text
    assert "Try again" in text


def test_expired_file_says_so_before_and_after_housekeeping(
    manager: Browser, maria: User, page: str, clock: Clock
) -> None:
    tasks.write_exports()
    clock.advance(hours=24)
    manager = Browser()
    manager.force_login(maria)
    assert "is deleted now" in text_of(manager, page)
    assert manager.get(f"{page}download/").headers["Location"] == page
    tasks.write_exports()
    assert "is deleted now" in text_of(manager, page)


def test_file_that_vanished_is_a_failed_job(manager: Browser, page: str) -> None:
    tasks.write_exports()
    storage.forget(ExportJob.objects.get().stored)
    assert manager.get(f"{page}download/").headers["Location"] == page
    assert "no longer where it was put" in text_of(manager, page)


def test_second_reader_is_told_that_another_file_comes_first(
    manager: Browser, other_manager: Browser, page: str
) -> None:
    jobs.claim_next()
    second: Any = other_manager.post(FILE).headers["Location"]
    assert "another file is being made first" in text_of(other_manager, second)
