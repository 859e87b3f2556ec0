"""Every address with headers, methods, queries and keys that nobody means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.hostile.forms import encode
from tests.hostile.nasty import HEADERS, KEYS, METHODS, VALUES
from tests.hostile.watching import Watch
from tests.hostile.world import World, expected

# Names that some page or library reads from a query string.
FIELDS = (
    "action added at amount before body card cards_pay category client code day description draft "
    "email e first form_token from k kind language last last_name login minutes name next note o "
    "on_only owner p page password phone points provider q range service show starts_at state "
    "status subject theme to token total type view week what when who with part "
    "_popup _to_field _changelist_filters all id__exact field_name model_name app_label term "
    "user__password __proto__ client__user__password__startswith"
).split()
IN_QUERIES = (
    "NUL", "more than 64 bits", "500 digits", "superscript", "lone surrogate", "the last day",
    "half of UTF-8", "not a number", "template", "SQL", "another site", "CRLF",
    "an hour that is left out",
)  # fmt: skip
# They lead elsewhere until a query says which day is meant.
WANT_A_QUERY = {"website:wait_for_time"}
# With these the visitor is not who signed in.
WITHOUT_SESSION = {"a session that is none", "a session of odd bytes"}


@dataclass(frozen=True)
class Ask:
    said: str
    method: str
    address: str
    extra: dict[str, Any] = field(default_factory=dict)


def queries(path: str) -> Iterator[Ask]:
    for name in IN_QUERIES:
        value = VALUES[name]
        yield Ask(
            f"query {name}", "GET", f"{path}?{encode([(each, value) for each in FIELDS]).decode()}"
        )
    yield Ask("query of nothing", "GET", f"{path}?&&=&;&%&%zz=%ff&[]=1&a[]=1&a[b]=1")
    yield Ask("a long query", "GET", f"{path}?q={'x' * 20_000}")
    yield Ask("many fields", "GET", f"{path}?{'&'.join(['a=1'] * 1_500)}")


def headers(path: str) -> Iterator[Ask]:
    for name, more in HEADERS.items():
        yield Ask(f"header {name}", "GET", path, more)


def methods(path: str) -> Iterator[Ask]:
    for method in METHODS:
        yield Ask(f"method {method[:9]!r}", method, path)


def keys(world: World, name: str, path: str) -> Iterator[Ask]:
    for key in world.keys(name):
        if f"/{key}/" not in path:
            continue
        for odd in KEYS:
            stands = odd if "%" in odd else quote(odd)
            yield Ask(f"key {odd[:20]}", "GET", path.replace(f"/{key}/", f"/{stands}/", 1))


def ask(watch: Watch, visitor: str, name: str, question: Ask) -> None:
    """Send it, and complain when it opens what the role does not open."""
    answer = watch.send(
        f"{name} {question.said}", question.method, question.address, **question.extra
    )
    who = "guest" if question.said.removeprefix("header ") in WITHOUT_SESSION else visitor
    opens = 200 in {expected(name, visitor), expected(name, who)}
    tells_methods = question.method == "OPTIONS" and not answer.content
    if answer.status_code == 200 and not opens and not tells_methods:
        if question.said.startswith("key ") or name in WANT_A_QUERY:
            return  # another row, or the page of none: what it shows is watched
        watch.broken.append(f"{name} {question.said}: opens")


def rotate(questions: list[Ask], place: int, many: int) -> list[Ask]:
    """``many`` of the questions, others for each ``place``: together they are all asked."""
    start = place * many
    return [questions[(start + each) % len(questions)] for each in range(min(many, len(questions)))]
