"""A form as it should be sent, and all the ways in which it should not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.hostile.forms import Form, Pair, encode
from tests.hostile.nasty import BODIES, FOR_CHOICES, FORM, VALUES, multipart

# What a person types where a form begins empty, by the last part of the field's name.
GOOD = {
    "name": "Greta Gade",
    "first_name": "Greta",
    "last_name": "Gade",
    "email": "greta@example.test",
    "phone": "+45 32 10 10 10",
    "login": "alice@example.test",
    "note": "On the left",
    "name_en": "Something new",
    "slug": "something-new",
    "price_minor": "45.00",
    "value_minor": "45.00",
    "minutes": "45",
    "places": "8",
    "day": "2025-11-13",
    "time": "17:30",
    "description": "For the long wait",
    "amount": "25",
    "points": "70",
    "q": "Alice",
    "subject": "Hello",
    "body": "Hello",
}
# What a clever visitor adds to a form: none of it may matter.
EXTRA: list[Pair] = [
    (name, value)
    for name, value in {
        "is_staff": "1",
        "is_superuser": "1",
        "is_active": "",
        "groups": "4",
        "user_permissions": "1",
        "id": "1",
        "pk": "1",
        "user": "1",
        "client_id": "1",
        "actor": "1",
        "balance": "999999",
        "price_minor": "1",
        "discount_minor": "999999",
        "state": "credited",
        "status": "completed",
        "card_ids": "1",
        "expected_points": "0",
        "issued_at": "2000-01-01",
        "expires_at": "9999-12-31",
        "created_at": "2000-01-01",
        "search_name": "x",
        "__proto__": "x",
        "_method": "DELETE",
    }.items()
]
CSRF = "csrfmiddlewaretoken"


@dataclass(frozen=True)
class Case:
    """One thing to send. ``said`` names it."""

    said: str
    body: bytes
    content_type: str = FORM


def right(form: Form, good: dict[str, str]) -> list[Pair]:
    """The form as a person sends it, by its first button where all buttons have names."""
    pairs = form.filled(GOOD | good)
    first = next((each for each in form.fields if each.kind == "button"), None)
    if first is not None and not form.has_plain_button:
        pairs.append((first.name, first.value))
    return pairs


def value_cases(form: Form, pairs: list[Pair], *, share: int, start: int = 0) -> Iterator[Case]:
    """Each field in turn with ``share`` of the nasty values, the others as they should be.

    The values go round from field to field, so that a form meets all of them.
    """
    kinds = {each.name: each.kind for each in form.fields}
    turn, turn_of_choices = count(start), count(start)
    for name in form.names:
        if kinds[name] in {"text", "textarea", "email", "tel", "search", "number", "password",
                           "date", "time", "hidden", "url"}:  # fmt: skip
            names, place, many = tuple(VALUES), turn, share
        else:
            names, place, many = FOR_CHOICES, turn_of_choices, max(share // 2, 2)
        for _ in range(min(many, len(names))):
            value_name = names[next(place) % len(names)]
            sent = [pair for pair in pairs if pair[0] != name] + [(name, VALUES[value_name])]
            yield Case(f"{name} = {value_name}", encode(sent))


def shape_cases(form: Form, pairs: list[Pair]) -> Iterator[Case]:
    """The right values in the wrong shape, and what is no form at all."""
    own = [name for name in form.names if name != CSRF]
    for name in own:
        yield Case(f"{name} missing", encode([pair for pair in pairs if pair[0] != name]))
    if own:
        twice = [(name, "\x00 another") for name in own] + pairs
        yield Case("each twice, the odd one first", encode(twice))
        yield Case("each twice", encode(pairs + [(name, "another") for name in own]))
        yield Case("arrays", encode([(f"{name}[]", value) for name, value in pairs]))
        yield Case("upper case", encode([(name.upper(), value) for name, value in pairs]))
        yield Case("a hundred times", encode(pairs * 100))
        yield Case(
            "too many fields", encode(pairs + [(f"f{number}", "1") for number in range(1_001)])
        )
        yield Case(
            "in UTF-16", "&".join(f"{n}={v}" for n, v in pairs).encode("utf-16", "replace"),
            f"{FORM}; charset=utf-16",
        )  # fmt: skip
        for name in own[:4]:
            body = multipart(pairs, as_file=name)
            yield Case(f"{name} as a file", body, "multipart/form-data; boundary=b")
    yield Case("in parts", multipart(pairs), "multipart/form-data; boundary=b")
    for said, (body, content_type) in BODIES.items():
        yield Case(said, body, content_type)


def more_fields(pairs: list[Pair]) -> Case:
    """With fields that this form does not have: it must do what it does without them."""
    have = {name for name, _ in pairs}
    return Case("more fields", encode(pairs + [pair for pair in EXTRA if pair[0] not in have]))


def every(cases: Iterator[Any], step: int) -> Iterator[Any]:
    """Each ``step``-th."""
    return (each for number, each in enumerate(cases) if number % step == 0)
