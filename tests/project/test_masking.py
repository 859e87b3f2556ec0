"""T03, T30: no secret reaches the log."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

from loyalty_site.masking import MASK, mask_secrets
from tests.project.production import production_environment

pytestmark = pytest.mark.once


def masked(**event: Any) -> Any:
    return mask_secrets(None, "info", dict(event))


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password1",
        "SECRET_KEY",
        "csrf_token",
        "login_code",
        "code",
        "sessionid",
        "Cookie",
        "Authorization",
    ],
)
def test_secret_by_its_name(name: str) -> None:
    assert masked(**{name: "open sesame"}) == {name: MASK}


@pytest.mark.parametrize("text", ["card 7KQM-2XVA-9PDR-W4TC used", "card 7kqm-2xva-9pdr-w4tc used"])
def test_gift_card_code_keeps_its_last_four(text: str) -> None:
    assert masked(event=text)["event"] == f"card {MASK}-{text[-9:-5]} used"


def test_inside_lists_and_mappings() -> None:
    assert masked(form={"email": "a@b.test", "password": "x"}, codes=["7KQM-2XVA-9PDR-W4TC"]) == {
        "form": {"email": "a@b.test", "password": MASK},
        "codes": [f"{MASK}-W4TC"],
    }


@pytest.mark.parametrize(
    ("request_line", "written"),
    [
        ("GET /m/eyJhbGciOiJI123456:abc/", f"GET /m/{MASK}/"),
        ("POST /fi/g/k2m9x7q4w8/", f"POST /fi/g/{MASK}/"),
        ("POST /da/c/WzEsMTc2:abc/", f"POST /da/c/{MASK}/"),
        ("GET /calendar/7-0123456789abcdef.ics", f"GET /calendar/{MASK}"),
        ("GET /fi/classes/w/12-0123456789abcdef/", f"GET /fi/classes/w/{MASK}/"),
        ("GET /booking/AB23CD45/calendar.ics", "GET /booking/AB23CD45/calendar.ics"),
        ("GET /book/d/k2m9x7q4w8/review/", f"GET /book/d/{MASK}/review/"),
        ("GET /booking/ab12/?key=k2m9x7q4w8", f"GET /booking/ab12/?{MASK}"),
        ("GET /admin/clients/client/?q=Anna Virtanen", f"GET /admin/clients/client/?{MASK}"),
        ("GET /services/cut/", "GET /services/cut/"),
    ],
)
def test_request_line_keeps_no_key_and_no_name(request_line: str, written: str) -> None:
    assert masked(request=request_line)["request"] == written


def test_ordinary_words_stay() -> None:
    event = {"event": "12 awards credited", "code": 200, "error_code": None, "client": 7}
    assert masked(**event) == event


@pytest.mark.slow
def test_traceback_shows_no_local_variable() -> None:
    script = (
        "import django; django.setup(); import structlog\n"
        "def fail():\n"
        "    hush = 'my-' + 'secret-' + 'value'\n"
        "    raise ValueError(len(hush))\n"
        "try:\n    fail()\n"
        "except ValueError:\n    structlog.get_logger('x').exception('it broke')\n"
    )
    for form in ("json", "console"):
        answer = subprocess.run(
            [sys.executable, "-c", script],
            cwd=settings.BASE_DIR,
            env=production_environment(LOG_FORMAT=form),
            capture_output=True,
            text=True,
            check=True,
        )
        assert "it broke" in answer.stderr
        assert "ValueError" in answer.stderr
        assert "my-secret-value" not in answer.stderr
        if form == "json":
            assert json.loads(answer.stderr.splitlines()[-1])["event"] == "it broke"


def test_gift_card_code_in_one_word_keeps_its_last_four() -> None:
    assert masked(event="no card 7KQM2XVA9PDRW4TC")["event"] == f"no card {MASK}-W4TC"


def test_row_that_postgresql_refused_is_not_printed() -> None:
    said = "violates a check\nDETAIL:  Failing row contains (7, Anna, a@b.test).\nCONTEXT"

    assert masked(exception=said)["exception"] == f"violates a check\nDETAIL:  {MASK}\nCONTEXT"
