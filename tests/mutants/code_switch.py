"""Switching a code guard off in this process, which was forked for the one mutant.

Loading the product takes seconds and a mutant changes one function. So where only bodies of
functions differ, the living functions get the new code; where anything else does (a class
attribute, a constant), the module has to be imported anew: ``needs_a_fresh_import`` tells, and
``import_mutated`` makes every later import of it read the changed source.
"""

from __future__ import annotations

import gc
import importlib.machinery
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.mutants.kinds import Code

ROOT = Path(__file__).resolve().parent.parent.parent


class ListIsStale(Exception):
    """A fragment of the list does not occur exactly once in its file."""


def mutated_source(switch: Code) -> str:
    """Raises ListIsStale."""
    source = (ROOT / switch.path).read_text("utf-8")
    for old, new in switch.changes:
        found = source.count(old)
        if found != 1:
            raise ListIsStale(f"{switch.path} holds this {found} times, not once: {old!r}")
        source = source.replace(old, new)
    return source


def is_python(switch: Code) -> bool:
    return switch.path.endswith(".py")


def _compiled(switch: Code) -> tuple[CodeType, CodeType]:
    path = str(ROOT / switch.path)
    before = compile((ROOT / switch.path).read_text("utf-8"), path, "exec", dont_inherit=True)
    return before, compile(mutated_source(switch), path, "exec", dont_inherit=True)


def _nested(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _is_function(code: CodeType) -> bool:
    return bool(code.co_flags & 0x2)  # CO_NEWLOCALS: a class body has none


def _own(code: CodeType) -> tuple[Any, ...]:
    """What a body does by itself, without the functions it defines and without line numbers."""
    plain = [repr(each) for each in code.co_consts if not isinstance(each, CodeType)]
    return code.co_code, code.co_names, plain, code.co_varnames, code.co_freevars


def _pairs(before: CodeType, after: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Changed functions, outermost first. Raises _Elsewhere when something else changed."""
    if _own(before) != _own(after) or len(_nested(before)) != len(_nested(after)):
        raise _Elsewhere
    for old, new in zip(_nested(before), _nested(after), strict=True):
        if old == new:
            continue
        if _is_function(old):
            if old.co_name != new.co_name or old.co_freevars != new.co_freevars:
                raise _Elsewhere
            if _flat(old) != _flat(new):
                yield old, new
                yield from _inner(old, new)
        else:
            yield from _pairs(old, new)


def _inner(before: CodeType, after: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """What a decorator made when it was called has code of its own."""
    for old, new in zip(_nested(before), _nested(after), strict=False):
        if _flat(old) != _flat(new) and old.co_qualname == new.co_qualname:
            yield old, new
            yield from _inner(old, new)


def _flat(code: CodeType) -> tuple[Any, ...]:
    return (*_own(code), *(_flat(each) for each in _nested(code)))


class _Elsewhere(Exception):
    """More than bodies of functions changed."""


def needs_a_fresh_import(switch: Code) -> bool:
    if not is_python(switch):
        return False
    try:
        list(_pairs(*_compiled(switch)))
    except _Elsewhere:
        return True
    return False


def swap_functions(switch: Code) -> None:
    """Give the living functions of the loaded product the changed code."""
    changed = {
        (old.co_filename, old.co_qualname, old.co_firstlineno): new
        for old, new in _pairs(*_compiled(switch))
    }
    swapped = set()
    gc.unfreeze()
    for each in gc.get_objects():
        if isinstance(each, FunctionType):
            known = each.__code__
            place = (known.co_filename, known.co_qualname, known.co_firstlineno)
            if place in changed:
                each.__code__ = changed[place]
                swapped.add(place)
    # Functions inside functions are alive only where somebody kept them.
    outer = {place for place in changed if "<locals>" not in place[1]}
    if not outer or not outer <= swapped:
        raise ListIsStale(f"{switch.path}: not every changed function was found in memory")


class _MutatedLoader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec", dont_inherit=True)


class _Finder(importlib.machinery.PathFinder):
    target, source = "", ""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = super().find_spec(fullname, path, target)
        if spec is None or spec.origin != cls.target:
            return None
        spec.loader = _MutatedLoader(fullname, cls.target, cls.source)
        return spec


def import_mutated(switch: Code) -> None:
    """From now on the file is imported changed. It must not have been imported before."""
    _Finder.target, _Finder.source = str(ROOT / switch.path), mutated_source(switch)
    sys.meta_path.insert(0, _Finder)


def load_template_mutated(switch: Code) -> None:
    from django.template.loaders.filesystem import Loader

    plain, changed, path = Loader.get_contents, mutated_source(switch), str(ROOT / switch.path)

    def get_contents(self: Loader, origin: Any) -> str:
        return changed if origin.name == path else plain(self, origin)

    Loader.get_contents = get_contents  # type: ignore[method-assign]


def switch_off(switch: Code) -> None:
    """In a process that has loaded the product."""
    if is_python(switch):
        swap_functions(switch)
    else:
        load_template_mutated(switch)
