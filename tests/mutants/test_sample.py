"""The dozen mutants that guard money, in every run of the suite; ``make mutants`` runs them all."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.db import connection

from tests.mutants.code_switch import ROOT
from tests.mutants.kinds import POSTGRESQL, SQLITE
from tests.mutants.listed import MUTANTS


@pytest.mark.slow
def test_the_mutants_that_guard_money_are_killed() -> None:
    database = POSTGRESQL if connection.vendor == "postgresql" else SQLITE
    command = [sys.executable, "-m", "tests.mutants", "--sample", "--check", "--jobs", "2"]

    ran = subprocess.run(
        [*command, "--database", database],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "loyalty_site.settings.test"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_sample_is_about_a_dozen() -> None:
    assert 12 <= sum(mutant.in_sample for mutant in MUTANTS) <= 30
