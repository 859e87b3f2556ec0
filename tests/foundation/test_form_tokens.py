from __future__ import annotations

import threading

import pytest
from django.db import transaction

from foundation.errors import BadInput, FormAlreadyUsed
from foundation.form_tokens import TOKEN_LENGTH, content_hash, new_form_token, once
from foundation.models import FormUse
from tests.concurrency.racing import PATIENCE, race, wait_until_somebody_waits


def use(token: str, content: object = "the same", purpose: str = "adjust") -> tuple[str, bool]:
    """(result, whether the work was done this time), as a command does it."""
    with transaction.atomic(), once(token=token, purpose=purpose, content=content) as form:
        if form.result:
            return form.result, False
        form.result = "entry:1"
        return form.result, True


def test_new_form_token_is_fresh_and_of_one_length():
    tokens = {new_form_token() for _ in range(100)}

    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {TOKEN_LENGTH}


@pytest.mark.django_db
def test_once_does_a_thing_once():
    token = new_form_token()

    assert use(token) == ("entry:1", True)
    assert use(token) == ("entry:1", False)
    assert FormUse.objects.get().result == "entry:1"


@pytest.mark.django_db
@pytest.mark.parametrize("changed", [{"content": "other"}, {"purpose": "exchange"}])
def test_once_with_other_content_is_a_conflict(changed):
    token = new_form_token()
    use(token)

    with pytest.raises(FormAlreadyUsed) as refused:
        use(token, **changed)

    assert refused.value.status == 409


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "short", "x" * 65, "x" * 21 + "\x00", "' OR 1=1 -- xxxxx"])
def test_once_refuses_a_token_that_we_did_not_make(token):
    with pytest.raises(BadInput):
        use(token)


@pytest.mark.django_db(transaction=True)
def test_once_forgets_a_use_whose_work_failed():
    """The claim is in the caller's transaction: a form that was refused can be sent again."""
    token = new_form_token()

    with (
        pytest.raises(ZeroDivisionError),
        transaction.atomic(),
        once(token=token, purpose="adjust", content="the same"),
    ):
        raise ZeroDivisionError

    assert use(token) == ("entry:1", True)


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_once_makes_a_double_click_wait_and_read_the_first_result():
    token, claimed = new_form_token(), threading.Event()

    def first() -> str:
        with transaction.atomic(), once(token=token, purpose="p", content="c") as form:
            claimed.set()
            wait_until_somebody_waits()
            form.result = "entry:1"
        return "worked"

    def second() -> str:
        assert claimed.wait(PATIENCE)
        with transaction.atomic(), once(token=token, purpose="p", content="c") as form:
            return form.result

    assert race(first, second) == ["worked", "entry:1"]


def test_content_hash_ignores_the_order_of_fields():
    assert content_hash({"a": 1, "b": [2]}) == content_hash({"b": [2], "a": 1})
    assert content_hash({"a": 1}) != content_hash({"a": "1"})
