"""Finds the forms of a visitor's pages and sends each in all the wrong ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.urls import Resolver404, resolve

from tests.hostile.allowed import (
    BARE,
    READ_ONLY_ENDINGS,
    REFUSED_AS_THEY_ARE,
    SHOWS,
    TAKES_NO_FORM,
    WRITES_ON_200,
)
from tests.hostile.forms import Form, encode, forms_of
from tests.hostile.mutating import (
    CSRF,
    Case,
    every,
    more_fields,
    right,
    shape_cases,
    value_cases,
)
from tests.hostile.watching import Watch
from tests.hostile.world import World, answer_of


def name_of(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def find_forms(watch: Watch, paths: Iterable[str]) -> list[Form]:
    """Each different form of these pages, once. Also lets the browser keep its CSRF cookie."""
    found: dict[Any, Form] = {}
    for path in paths:
        answer = watch.send("a page", "GET", path)
        if "csrftoken" in answer.cookies and "csrftoken" not in watch.browser.cookies:
            watch.browser.cookies["csrftoken"] = answer.cookies["csrftoken"].value
        if answer.streaming or "html" not in answer.headers.get("Content-Type", ""):
            continue
        if answer.status_code == 200:
            for form in forms_of(path, answer.content.decode()):
                found.setdefault((name_of(form.path), *form.key[1:], form.method), form)
    return list(found.values())


def bare_forms(world: World) -> list[Form]:
    return [Form(world.paths[name], world.paths[name], "post") for name in BARE]


def send_all(
    watch: Watch,
    forms: list[Form],
    *,
    good: dict[str, str],
    share: int,
    step: int = 1,
    every_shape: int = 1,
) -> None:
    """Every form as it is meant, then with each field in turn as it is not."""
    for number, form in enumerate(forms):
        name = name_of(form.path)
        if not name:
            continue
        post = form.method == "post"
        sender = _poster(watch, form, name) if post else _asker(watch, form)
        pairs = right(form, good)
        if post:
            _send_right(watch, sender, form, name, good)
        cases = value_cases(form, pairs, share=share, start=number * 5)
        for case in every(cases, step):
            sender(case)
        if post:
            for case in every(shape_cases(form, pairs), step * every_shape):
                sender(case)


def _send_right(
    watch: Watch, sender: Callable[[Case], Any], form: Form, name: str, good: dict[str, str]
) -> None:
    """The others must be right for one wrong field to tell anything."""
    pairs = right(form, good)
    answer = sender(Case("as it is meant", encode(pairs)))
    wrote = watch.last_wrote
    done = answer.status_code in {302, 303} or (
        answer.status_code == 200 and (name in WRITES_ON_200 or name in SHOWS)
    )
    if form.can_be_sent and not done and not _may_refuse(name):
        watch.broken.append(f"{name} {form.path} as it is meant: {answer.status_code}")
    answer = sender(more_fields(pairs))
    if done and watch.last_wrote != wrote:
        watch.broken.append(
            f"{name}: more fields wrote {sorted(watch.last_wrote ^ wrote)} beside or instead"
        )


def _may_refuse(name: str) -> bool:
    return name in REFUSED_AS_THEY_ARE or name.endswith("_changelist") or name in BARE


def _poster(watch: Watch, form: Form, name: str) -> Callable[[Case], Any]:
    allowed = frozenset(WRITES_ON_200.get(name, ()))
    token = watch.browser.cookies.get("csrftoken")

    def post(case: Case) -> Any:
        # A body that is no form of ours still comes from our page: htmx sends the token beside it.
        extra = (
            {} if case.said.startswith(CSRF) or token is None else {"HTTP_X_CSRFTOKEN": token.value}
        )
        return watch.send(
            f"{name} {case.said}", "POST", form.address, case.body, case.content_type,
            writes_on_200=allowed, **extra,
        )  # fmt: skip

    return post


def _asker(watch: Watch, form: Form) -> Callable[[Case], Any]:
    def ask(case: Case) -> Any:
        return watch.send(case.said, "GET", f"{form.path}?{case.body.decode()}")

    return ask


def takers(watch: Watch, world: World, visitor: str) -> set[str]:
    """The addresses that do something with this visitor's POST: not refused by their method, by
    the role or because a row is another's."""
    found = set()
    token = watch.browser.cookies.get("csrftoken")
    extra = {"HTTP_X_CSRFTOKEN": token.value} if token is not None else {}
    for name, path in world.paths_of(visitor).items():
        if name in TAKES_NO_FORM or name.endswith(READ_ONLY_ENDINGS):
            continue
        allowed = frozenset(WRITES_ON_200.get(name, ()))
        answer = watch.send(
            f"{name} nothing", "POST", path, b"", "application/x-www-form-urlencoded",
            writes_on_200=allowed, **extra,
        )  # fmt: skip
        if answer.status_code not in {403, 404, 405} and answer_of(name, answer) != "sign in first":
            found.add(name)
    return found
