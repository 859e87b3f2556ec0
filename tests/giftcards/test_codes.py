from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftcards.codes import ALPHABET, fold_code, group_code, hash_code, new_code

CODE = "7K3M9QXA02TBWHZN"


def test_new_code_is_eighty_random_bits_in_four_groups():
    codes = {new_code() for _ in range(500)}

    assert len(codes) == 500
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    assert all(re.fullmatch(rf"([{ALPHABET}]{{4}}-){{3}}[{ALPHABET}]{{4}}", code) for code in codes)
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.parametrize(
    "typed",
    [
        "7K3M-9QXA-02TB-WHZN",
        "7k3m9qxa02tbwhzn",
        "  7k3m 9qxa\t02tb  whzn\n",
        "7K3M–9QXA—02TB−WHZN",
        "7K3M-9QXA-O2TB-WHZN",
        "7K3M-9QXA-o2TB-WHZN",
    ],
)
def test_fold_code_accepts_loose_typing(typed):
    assert fold_code(typed) == CODE


def test_fold_code_reads_look_alikes():
    assert fold_code("iIlL-oO00-1111-ABCD") == "111100001111ABCD"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "7K3M-9QXA-02TB",
        "7K3M-9QXA-02TB-WHZNN",
        "UUUU-UUUU-UUUU-UUUU",
        "7K3M-9QXA-02TB-WHZ\x00",
        "7K3M-9QXA-02TB-WHZ\ud800",
        "7K3M-9QXA-02TB-WHZÅ",
        "7K3M" * 1_000_000,
        "-" * 64,
    ],
)
def test_fold_code_refuses_what_cannot_be_a_code(typed):
    assert fold_code(typed) is None


@given(st.text(alphabet=ALPHABET, min_size=16, max_size=16))
def test_group_code_and_fold_code_undo_each_other(folded):
    assert fold_code(group_code(folded)) == folded


@given(st.text(max_size=80))
def test_fold_code_never_fails(text):
    folded = fold_code(text)
    assert folded is None or len(folded) == 16


def test_hash_code_depends_on_the_pepper(settings):
    before = hash_code(CODE)
    settings.CODE_HASH_PEPPER = "another"

    assert len(before) == 64
    assert hash_code(CODE) != before
