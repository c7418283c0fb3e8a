"""How two versions of a Python file differ in meaning, definition by definition."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import NamedTuple

from .imports import Imported
from .module_meaning import ALWAYS_BOUND, ModuleMeaning

__all__ = ["Difference", "Imported", "compare", "names_of"]


class Difference(NamedTuple):
    """How two versions of a file differ for those that use it.

    `names` are definitions that differ, are new or are gone, `documented` those of which only the
    docstring differs. `nested_only` are those of `names` that only differ in functions inside
    functions inside them: these run no sooner than the function that holds them. `imported_names`
    are names that only imports bind, in one of the versions, and nothing else does in the other:
    what runs when the module is imported reads them only where it differs itself.

    `runs` says why importing the module may now do something else; empty if it does the same.
    `added` and `removed` are imports: it depends on the project whether they matter. So it does
    for those that are `guarded`: in a `try` that differs and goes on where there is no such
    module. `exports` says whether a star import may bring other names.
    """

    names: frozenset[str] = frozenset()
    documented: frozenset[str] = frozenset()
    runs: str = ""
    added: frozenset[Imported] = frozenset()
    removed: frozenset[Imported] = frozenset()
    guarded: frozenset[Imported] = frozenset()
    exports: bool = False
    imported_names: frozenset[str] = frozenset()
    nested_only: frozenset[str] = frozenset()

    @property
    def nothing(self) -> bool:
        """Whether only comments and layout differ."""
        imports = self.added or self.removed or self.guarded
        return not (self.names or self.documented or self.runs or imports)


def compare(before: bytes, after: bytes) -> Difference | None:
    """How `after` differs from `before`; None when one of them does not parse."""
    old, new = _meaning_of(before), _meaning_of(after)
    if old is None or new is None:
        return None
    names = _changed_names(old, new)
    return Difference(
        names,
        _changed_docstrings(old, new) - names,
        _changed_run(old, new),
        frozenset(new.imports - old.imports),
        frozenset(old.imports - new.imports),
        frozenset(imported for _, imported in old.guarded ^ new.guarded),
        old.exports != new.exports,
        imported_names=_imported_names(old, new),
        nested_only=_changed_in_nested_functions(names, old, new),
    )


def names_of(source: bytes) -> frozenset[str]:
    """All names that a file defines; none when it does not parse."""
    meaning = _meaning_of(source)
    return frozenset(meaning.parts) if meaning else frozenset()


@lru_cache(maxsize=256)
def _meaning_of(source: bytes) -> ModuleMeaning | None:
    """None where it does not parse. Kept, for many recorded runs are compared with one tree."""
    try:
        return ModuleMeaning(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _changed_names(old: ModuleMeaning, new: ModuleMeaning) -> frozenset[str]:
    names = old.parts.keys() | new.parts.keys()
    if old.future != new.future:  # it gives all code another meaning
        return frozenset(names)
    return frozenset(name for name in names if old.parts.get(name) != new.parts.get(name))


def _changed_docstrings(old: ModuleMeaning, new: ModuleMeaning) -> frozenset[str]:
    names = old.docstrings.keys() | new.docstrings.keys()
    return frozenset(n for n in names if old.docstrings.get(n) != new.docstrings.get(n))


def _changed_run(old: ModuleMeaning, new: ModuleMeaning) -> str:
    """Why importing the module may do something else; empty if it does the same."""
    if old.future != new.future:
        return "a __future__ import"
    if old.effects != new.effects:
        return "its module-level code"
    missing = sorted(new.unbound - old.unbound)
    return f"its module-level code reads {missing[0]}, which is not there yet" if missing else ""


def _imported_names(old: ModuleMeaning, new: ModuleMeaning) -> frozenset[str]:
    if any(imported.name == "*" for imported in old.imports | new.imports):
        return frozenset()
    imported = old.only_imported | new.only_imported
    return frozenset(imported - (old.parts.keys() & new.parts.keys()) - ALWAYS_BOUND)


def _changed_in_nested_functions(
    names: frozenset[str], old: ModuleMeaning, new: ModuleMeaning
) -> frozenset[str]:
    return frozenset(
        name
        for name in names
        if (outer := old.without_nested_functions(name))
        and outer == new.without_nested_functions(name)
    )
