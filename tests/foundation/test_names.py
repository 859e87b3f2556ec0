from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.names import fold


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("  Märta  ØSTERGÅRD ", "marta ostergard"),
        ("Åse Bækgaard", "ase baekgaard"),
        ("Yrjö Hämäläinen", "yrjo hamalainen"),
        ("Ǿrsted Ǣsir ℌans", "orsted aesir hans"),
        ("STRASSE Straße", "strasse strasse"),
        ("Łukasz Þór", "lukasz thor"),
        ("Ö\N{COMBINING DIAERESIS}", "o"),
        ("anna\N{NO-BREAK SPACE}\tmaria\n", "anna maria"),
        ("", ""),
    ],
)
def test_fold(name, folded):
    assert fold(name) == folded


@settings(max_examples=500)
@given(st.text())
def test_fold_twice_is_fold_once(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="abcæøåäöABCÆØÅÄÖ -"))
def test_fold_does_not_care_about_case(text):
    assert fold(text.upper()) == fold(text.lower())
