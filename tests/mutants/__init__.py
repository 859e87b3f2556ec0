"""Guard mutants: every guard of the product switched off alone, and the test that notices.

A guard that no test misses is either untested or not needed. ``listed/`` names each guard, how it
is switched off and the tests that must then fail; ``python -m tests.mutants`` does it, one guard at
a time, and writes what killed each mutant into docs/invariants.md.
"""
