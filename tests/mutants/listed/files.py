"""Transfers of points, and files that are made by a worker."""

from __future__ import annotations

from tests.mutants.kinds import POSTGRESQL, Code, Constraint, Mutant, Together, code

_MOVE = "loyalty/transfers.py"
_JOBS = "reports/jobs.py"
_EXPORTS = "reports/export_pages.py"
_MOVED = "loyalty/test_transfers.py::test_{}"
_ASKED = "reports/test_jobs.py::test_{}"
_SHOWN = "reports/test_export_pages.py::test_{}"

_BREAKS = "project/test_constraints.py::test_the_database_refuses_a_change_that_breaks[{}]"
_LOOK = "    if ExportJob.objects.filter(state=State.RUNNING, alive_at__gt=dead).exists():"
_ONE_WORKER = Code(_JOBS, ((_LOOK, "    if False:"),))

MUTANTS = (
    code(
        "transfer-self",
        "nobody moves points to themselves",
        _MOVE,
        "    if source.pk == target.pk:",
        "    if False:",
        _MOVED.format("transfer_to_oneself_is_refused"),
    ),
    code(
        "transfer-description",
        "a transfer says why",
        _MOVE,
        "    if not words:",
        "    if False:",
        _MOVED.format("transfer_without_a_description_is_refused"),
    ),
    code(
        "transfer-nothing",
        "nothing and less is not moved",
        _MOVE,
        "    if points is not None and points < 1:",
        "    if False:",
        _MOVED.format("transfer_of_nothing_or_less_is_refused"),
    ),
    code(
        "transfer-key",
        "a transfer is recorded once",
        _MOVE,
        "        if made is not None:",
        "        if False:",
        _MOVED.format("transfer_repeated_returns_the_pair"),
    ),
    code(
        "transfer-erased",
        "nothing is moved from or to an erased client",
        _MOVE,
        "        if gone or taker.anonymised_at is not None:",
        "        if False:",
        _MOVED.format("transfer_with_somebody_erased_is_refused"),
    ),
    code(
        "transfer-balance",
        "no more is moved than there is",
        _MOVE,
        "        if points is not None and points > giving.balance:",
        "        if False:",
        _MOVED.format("transfer_above_the_balance_says_what_is_there"),
    ),
    code(
        "lock-transfer",
        "lock: the accounts of a transfer",
        _MOVE,
        "        accounts = lock_in_order(PointAccount.objects.all(), opened.values())",
        "        accounts = PointAccount.objects.in_bulk(opened.values())",
        "locks/test_points.py::test_a_transfer_reads_the_balance_that_is_left",
        databases=(POSTGRESQL,),
    ),
    code(
        "export-owner",
        "a file is for who asked for it",
        _EXPORTS,
        "filter(pk=min(pk, LARGEST_ID), asked_by=actor_of(request))",
        "filter(pk=min(pk, LARGEST_ID))",
        _SHOWN.format("somebody_elses_file_is_not_there"),
    ),
    code(
        "export-expired",
        "a link lasts a day",
        "reports/models.py",
        "self.expires_at is not None and at < self.expires_at",
        "self.expires_at is not None",
        _SHOWN.format("expired_file_says_so_before_and_after_housekeeping"),
    ),
    code(
        "export-role",
        "the right is looked at again when a file is served",
        _EXPORTS,
        "    if not all(map(request.user.has_perm, REPORTS[job.report].permissions)):",
        "    if False:",
        _SHOWN.format("file_of_clients_needs_the_right_to_see_clients"),
    ),
    code(
        "export-claim",
        "a worker that lost its job writes nothing",
        _JOBS,
        "filter(pk=job.pk, state=State.RUNNING, claim=job.claim)",
        "filter(pk=job.pk, state=State.RUNNING)",
        "reports/test_guards.py::test_a_worker_whose_job_another_has_writes_nothing",
    ),
    Mutant(
        "export_job_one_running",
        "unique: one large export is made at a time",
        Constraint("export_job_one_running"),
        (_BREAKS.format("export_job_one_running"),),
    ),
    code(
        "export-attempts",
        "a job that kills its worker is given up",
        _JOBS,
        "        if job.attempts >= MOST_ATTEMPTS:",
        "        if False:",
        _ASKED.format("job_that_kills_its_worker_is_given_up"),
    ),
    Mutant(
        "export-one-worker",
        "one worker at a time makes files; off with `export_job_one_running`, which implies it",
        Together((_ONE_WORKER, Constraint("export_job_one_running"))),
        (_ASKED.format("one_worker_at_a_time_makes_files"),),
    ),
    code(
        "export-dead-first",
        "what is dead is taken over before another can begin",
        _JOBS,
        'order_by("state", "asked_at", "pk")',
        'order_by("asked_at", "pk")',
        _ASKED.format("a_dead_job_is_taken_over_before_one_that_was_asked_for_earlier"),
    ),
    code(
        "excel-formula",
        "a formula in an Excel file stays text",
        "reports/excel_file.py",
        "_text_cell(text, self.styles.quoted if looks_like_formula(text) else 0)",
        "_text_cell(text, 0)",
        "reports/test_files.py::test_excel_keeps_a_formula_as_text",
    ),
    code(
        "sql-formula-csv",
        "a formula in a CSV file written by the database stays text",
        "reports/sql.py",
        "return f\"CASE WHEN {is_formula} THEN '''' || {text} ELSE NULLIF({text}, '') END\"",
        "return f\"NULLIF({text}, '')\"",
        "reports/test_sql.py::test_every_cell_is_what_python_would_write",
        databases=(POSTGRESQL,),
    ),
    code(
        "sql-formula-excel",
        "a formula in an Excel file written by the database stays text",
        "reports/sql.py",
        "THEN {quoted} ELSE '' END\"",
        "THEN '' ELSE '' END\"",
        "reports/test_sql.py::test_every_cell_is_what_python_would_write",
        databases=(POSTGRESQL,),
    ),
)
