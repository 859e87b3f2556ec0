"""Where the source holds a lock, asks for a right or reads again: each is a guard to switch off.

Read from the syntax tree, so that a new call of one of these names is noticed by itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.code_switch import ROOT
from tests.mutants.kinds import Code, Mutant

# The domain from the floor up, the faces of staff, and the website.
APPS = (
    *("foundation", "business", "clients", "catalogue", "notifications", "bookings"),
    *("ledger", "giftcards", "loyalty", "sales", "reports", "backoffice", "website"),
    "loyalty_site",
)
_LOCK = re.compile(r"_?lock(_\w+)?|select_for_update")
_LOCK_SQL = re.compile(r"\bFOR (NO KEY )?UPDATE|\bFOR SHARE|pg_(try_)?advisory_")
_RIGHT = re.compile(r"has_perms?|has_\w*permission|is_staff|is_superuser")
_DECORATOR = re.compile(r"staff_page|action|\w*permission_required|user_passes_test|login_required")
_REFUSAL = ("NotAllowed", "PermissionDenied")
_REREAD = "refresh_from_db"
# A row that the caller has already: ``Model.objects.get(pk=row.pk)``.
_AGAIN = re.compile(r"[^(]*\.get\(pk=\w+\.(pk|\w+_id)\)")


@dataclass(frozen=True)
class Site:
    """``word`` in the function ``where`` of ``path``, the ``nth`` of its kind there; ``start`` to
    ``end`` are its characters."""

    path: str
    where: str
    word: str
    nth: int
    start: int
    end: int

    @property
    def name(self) -> str:
        return f"{self.path}::{self.where} {self.word}" + (f" #{self.nth}" if self.nth > 1 else "")


class _Reader(ast.NodeVisitor):
    def __init__(self, path: str, source: str) -> None:
        self.path, self.found, self.within = path, list[Site](), list[str]()
        self.conditions: list[ast.If] = []
        self.lines = [0]
        for line in source.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.source = source.splitlines(keepends=True)

    def _at(self, line: int, column: int) -> int:
        """``column`` counts bytes."""
        return self.lines[line - 1] + len(self.source[line - 1].encode()[:column].decode())

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._at(node.lineno, node.col_offset),
            self._at(node.end_lineno, node.end_col_offset),
        )

    def add(self, word: str, start: int, end: int) -> None:
        where = ".".join(self.within) or "module"
        nth = 1 + sum((each.where, each.word) == (where, word) for each in self.found)
        self.found.append(Site(self.path, where, word, nth, start, end))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.within.append(node.name)
        self.generic_visit(node)
        self.within.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.within.append(node.name)
        for each in node.decorator_list:
            if isinstance(each, ast.Call) and _is_guard(each):
                self.add(f"@{_name(each.func)}", *self._span(each))
        if re.fullmatch(r"has_\w+_permission", node.name):
            self.add("def", *self._span(node))
        for each in node.body:
            self.visit(each)
        self.within.pop()

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self.conditions.append(node)
        for each in node.body:
            self.visit(each)
        self.conditions.pop()
        for each in node.orelse:
            self.visit(each)

    def visit_Raise(self, node: ast.Raise) -> None:
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if raised is not None and _name(raised) in _REFUSAL:
            within = self.conditions[-1] if self.conditions else node
            self.add(f"raise {_name(raised)}", *self._span(within))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = _name(node.func)
        if _LOCK.fullmatch(name) or name == _REREAD:
            # Of a chain of calls only the link itself: what is before it is another guard.
            start, end = self._span(node)
            if isinstance(node.func, ast.Attribute):
                start = self._span(node.func.value)[1]
            self.add(name, start, end)
        elif _AGAIN.fullmatch(ast.unparse(node)):
            self.add("get again", *self._span(node))
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if _RIGHT.fullmatch(node.attr) and isinstance(node.ctx, ast.Load) and not _is_super(node):
            self.add(node.attr, *self._span(node))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._sql(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._sql(node)

    def _sql(self, node: ast.expr) -> None:
        start, end = self._span(node)
        for lock in _LOCK_SQL.finditer("".join(self.source)[start:end]):
            self.add("SQL lock", start + lock.start(), start + lock.end())


def _name(node: ast.expr) -> str:
    return getattr(node, "attr", "") or getattr(node, "id", "")


def _is_guard(call: ast.Call) -> bool:
    name = _name(call.func)
    named = any(each.arg == "permissions" for each in call.keywords)
    return bool(_DECORATOR.fullmatch(name)) and (name != "action" or named)


def _is_super(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Call) and _name(node.value.func) == "super"


def sites() -> Iterator[Site]:
    for app in APPS:
        for file in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in file.parts:
                yield from sites_of(file)


def sites_of(file: Path) -> list[Site]:
    source = file.read_text("utf-8")
    reader = _Reader(str(file.relative_to(ROOT)), source)
    reader.visit(ast.parse(source))
    return reader.found


def touched(mutant: Mutant, found: list[Site]) -> list[Site]:
    """Those of ``found`` that ``mutant`` changes, and not only what stands round them."""
    return [
        site
        for switch in mutant.switches
        if isinstance(switch, Code) and switch.path.endswith(".py")
        for start, end in _changed(switch)
        for site in found
        if site.path == switch.path and start < site.end and end > site.start
    ]


def _changed(switch: Code) -> Iterator[tuple[int, int]]:
    """From–to in the source of what each change really changes: its two texts differ there."""
    source = (ROOT / switch.path).read_text("utf-8")
    for old, new in switch.changes:
        before = _alike(old, new)
        after = min(_alike(old[::-1], new[::-1]), min(len(old), len(new)) - before)
        at = source.index(old)
        yield at + before, at + len(old) - after


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
