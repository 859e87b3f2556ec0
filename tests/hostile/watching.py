"""Sends requests and says what must never come of one: a fault, a change that was refused, a
thing of somebody else's, an address of another site.

Each request meets the same house: what one changed is rolled back before the next. Whether
something changed is read from the statements; only where a refusal wrote at all is the whole
database compared.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.contrib.messages import constants
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import cache
from django.core.signals import got_request_exception
from django.db import connection
from django.http import HttpRequest
from django.test import Client as Browser
from unfold.sites import UnfoldAdminSite

from tests.hostile.nasty import ELSEWHERE, EVALUATED

WRITES = re.compile(
    r'^\s*(?:WITH\b.*?\b)?(?:INSERT INTO|UPDATE|DELETE FROM|TRUNCATE|REPLACE INTO)\s+"?(\w+)"?',
    re.IGNORECASE | re.DOTALL,
)
# What a request may write although it was refused, and why.
PASSING = {
    "django_session": "who is here, the message for the next page, the step of signing in",
    "foundation_ratecounter": "a refused try is exactly what is counted",
    "loyalty_site_cache": "forgotten at any time",
}
# Text that no page is made of: a template that ran, a header out of a value.
NEVER = re.compile(
    rb"\{49=49\}|\{7\*49=49\}|" + re.escape(EVALUATED) + rb"|<function |root:x:0|Traceback \(most"
)
AWAY = re.compile(r"^(?:[a-z]+:|//|\\|/\\)", re.IGNORECASE)
FOREIGN_LINK = re.compile(rb"(?:href|src|action)=\"(?:https?:)?//evil\.example", re.IGNORECASE)


def digest() -> dict[str, str]:
    """One number a table over every row of it, but for what is passing."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if not model._meta.managed or table in PASSING:
            continue
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(
                    f"SELECT md5(coalesce(string_agg(h, '' ORDER BY h), ''))"
                    f' FROM (SELECT md5(t::text) AS h FROM "{table}" t) rows'
                )
                found[table] = cursor.fetchone()[0]
            else:
                cursor.execute(f'SELECT * FROM "{table}"')
                rows = sorted(map(repr, cursor.fetchall()))
                found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


class Sender(Browser):
    """A browser that keeps its cookies as they were, and no copies of contexts."""

    def request(self, **request: Any) -> Any:
        more = request.pop("more_cookies", "")
        environ = self._base_environ(**request)
        if more:
            environ["HTTP_COOKIE"] = f"{environ.get('HTTP_COOKIE', '')}; {more}"
        return self.handler(environ)


class Watch:
    """One visitor's requests, counted; ``broken`` says what went wrong, in words."""

    def __init__(self, browser: Sender, *, secrets_of_others: dict[str, str]) -> None:
        self.browser = browser
        self.count = 0
        self.broken: list[str] = []
        self.answers: Counter[int] = Counter()
        self.wrote: set[str] = set()
        self.last_wrote: set[str] = set()
        self.fault = ""
        self.secrets = secrets_of_others
        words = [re.escape(word.encode()) for word in secrets_of_others.values()]
        # As a word: the letters of a short name come up in a random token now and then.
        whole = rb"(?<![A-Za-z0-9])(?:" + b"|".join(words) + rb")(?![A-Za-z0-9])"
        self._theirs = re.compile(whole) if words else None

    # --- the watch itself -------------------------------------------------------------------------

    @contextmanager
    def watching(self) -> Iterator[Watch]:
        """Everything inside is rolled back, request by request."""
        self.before = digest()
        got_request_exception.connect(self._note_fault)
        self._mark = connection.savepoint()
        try:
            with connection.execute_wrapper(self._note_statement):
                yield self
        finally:
            got_request_exception.disconnect(self._note_fault)
            self._roll_back()
        assert digest() == self.before, "the house is not as it was before"

    def _note_statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = WRITES.match(sql)
        if found:
            self.wrote.add(found[1])
        return execute(sql, params, many, context)

    def _note_fault(self, **kwargs: Any) -> None:
        self.fault = repr(sys.exc_info()[1])[:300]

    def _roll_back(self) -> None:
        connection.savepoint_rollback(self._mark)
        connection.needs_rollback = False
        cache.clear()
        self.wrote = set()

    # --- one request ------------------------------------------------------------------------------

    def send(
        self,
        said: str,
        method: str,
        address: str,
        body: bytes = b"",
        content_type: str = "",
        *,
        writes_on_200: frozenset[str] = frozenset(),
        **extra: Any,
    ) -> Any:
        """One request; ``said`` names it in a complaint. ``writes_on_200`` are the tables that an
        answer of 200 to this form may have written, because there it means done."""
        self.count += 1
        self.fault = ""
        path, _, query = address.partition("?")
        environ = {"QUERY_STRING": query} | extra
        if content_type or body:
            environ.setdefault("CONTENT_TYPE", content_type)
        answer = self.browser.generic(method, path, body, content_type, **environ)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        self.answers[answer.status_code] += 1
        for complaint in self._complaints(answer, content, writes_on_200):
            self.broken.append(f"{said}: {method[:9]} {address[:90]}: {complaint}")
        self.last_wrote = self.wrote
        if self.wrote:
            self._roll_back()
        return answer

    def _complaints(
        self, answer: Any, content: bytes, writes_on_200: frozenset[str]
    ) -> Iterator[str]:
        status, place = answer.status_code, answer.headers.get("Location", "")
        if status >= 500:
            yield f"{status} {self.fault}"
        if place and (AWAY.match(place) or "\n" in place) and not _is_own(place):
            yield f"leads to {place[:60]}"
        if ELSEWHERE.encode() in content and FOREIGN_LINK.search(content):
            yield "links to another site"
        if "hacked" in answer.cookies:
            yield "sets a cookie out of a value"
        found = NEVER.search(content) or (self._theirs and self._theirs.search(content))
        if found:
            yield f"{status} shows {found[0]!r}"
        if self.wrote and self._refuses(answer):
            allowed = PASSING.keys() | (writes_on_200 if status == 200 else frozenset())
            if self.wrote - allowed:
                now = digest()
                changed = {table for table in now if now[table] != self.before[table]} - allowed
                if changed:
                    yield f"{status} changed {sorted(changed)}"

    def _refuses(self, answer: Any) -> bool:
        """4xx; a page, which is the form again; and a redirect that says what went wrong."""
        if answer.status_code != 302:
            return True
        said = answer.cookies.get("messages")
        stored = CookieStorage(HttpRequest())._decode(said.value) if said and said.value else []
        return any(each.level >= constants.ERROR for each in stored or [])


def _is_own(place: str) -> bool:
    return place.startswith(("http://testserver/", "https://testserver/"))


# --- a frame that costs nothing -----------------------------------------------------------------

# What stands round every page, and does not depend on what a form sent: the tests of addresses
# show it whole. Without it a page of the panel is made in a third of the time.
THIN: dict[str, str] = {
    # Each field as it shows itself, without the fieldsets and tabs round it.
    "admin/change_form.html": (
        "{{ adminform.form.non_field_errors }}"
        "{% for field in adminform.form %}{{ field }}{{ field.errors }}{% endfor %}"
        "{% for inline in inline_admin_formsets %}{{ inline.formset.non_form_errors }}"
        "{% for form in inline.formset %}{{ form.non_field_errors }}"
        "{% for field in form %}{{ field }}{{ field.errors }}{% endfor %}{% endfor %}{% endfor %}"
    ),
    "unfold/layouts/skeleton.html": "{% block base %}{% endblock %}",
    "admin/nav_sidebar.html": "",
    "unfold/helpers/header.html": "",
    "website/parts/header.html": "",
    "website/parts/footer.html": "",
}


def thin_frame(settings: Any, monkeypatch: Any) -> None:
    """Pages without their frame, until the test is over."""
    monkeypatch.setattr(UnfoldAdminSite, "get_sidebar_list", lambda *args: [])
    (engine,) = settings.TEMPLATES
    options = dict(engine["OPTIONS"])
    loaders = [
        ("django.template.loaders.locmem.Loader", THIN),
        "django.template.loaders.filesystem.Loader",
        "django.template.loaders.app_directories.Loader",
    ]
    options["loaders"] = [("django.template.loaders.cached.Loader", loaders)]
    settings.TEMPLATES = [engine | {"APP_DIRS": False, "OPTIONS": options}]
