"""How two versions of a Python file differ in meaning, definition by definition."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Set
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple, Protocol

from msgspec import Struct

from .imports import Imported
from .module_meaning import ALWAYS_BOUND, ModuleMeaning

__all__ = ["Difference", "Imported", "Meaning", "compare", "compared", "names_of", "short_meaning"]

VERSION = 4
"""Raised whenever the short meaning of the same bytes would come out different."""


class Difference(NamedTuple):
    """How two versions of a file differ for those that use it.

    `names` are definitions that differ, are new or are gone, `documented` those of which only the
    docstring differs. `nested_only` are those of `names` that only differ in functions inside
    functions inside them: these run no sooner than the function that holds them. `imported_names`
    are names that only imports bind, in one of the versions, and nothing else does in the other:
    what runs when the module is imported reads them only where it differs itself. `moved` are
    definitions that only stand on other lines; an empty name stands for the module's own code.

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
    moved: frozenset[str] = frozenset()

    @property
    def nothing(self) -> bool:
        """Whether only comments and layout differ."""
        imports = self.added or self.removed or self.guarded
        return not (self.names or self.documented or self.runs or imports)


def compare(before: bytes, after: bytes) -> Difference | None:
    """How `after` differs from `before`; None when one of them does not parse."""
    old, new = _meaning_of(before), _meaning_of(after)
    return None if old is None or new is None else compared(old, new)


class Meaning(Protocol):
    """What is compared of two versions of a file: see `ModuleMeaning`."""

    @property
    def parts(self) -> Mapping[str, object]: ...
    @property
    def docstrings(self) -> Mapping[str, object]: ...
    @property
    def effects(self) -> object: ...
    @property
    def exports(self) -> object: ...
    @property
    def future(self) -> object: ...
    @property
    def unbound(self) -> Set[str]: ...
    @property
    def imports(self) -> Set[Imported]: ...
    @property
    def guarded(self) -> Set[tuple[str, Imported]]: ...
    @property
    def only_imported(self) -> Set[str]: ...
    @property
    def lines(self) -> Mapping[str, str]: ...
    def without_nested_functions(self, name: str) -> object: ...


class ShortMeaning(Struct, frozen=True, array_like=True):
    """What a file means, with hashes in the place of the structures that are only compared."""

    parts: dict[str, str]
    docstrings: dict[str, str]
    effects: str
    exports: str
    future: str
    unbound: frozenset[str]
    imports: frozenset[Imported]
    guarded: frozenset[tuple[str, Imported]]
    only_imported: frozenset[str]
    outer: dict[str, str]
    lines: dict[str, str] = {}

    def without_nested_functions(self, name: str) -> str:
        """As in `ModuleMeaning`."""
        return self.outer.get(name, "")


def short_meaning(source: bytes) -> ShortMeaning | None:
    """What a file means in a form that can be kept; None where it does not parse."""
    meaning = _meaning_of(source)
    if meaning is None:
        return None
    outer = {name: meaning.without_nested_functions(name) for name in meaning.parts}
    return ShortMeaning(
        {name: _hash(part) for name, part in meaning.parts.items()},
        {name: _hash(text) for name, text in meaning.docstrings.items()},
        _hash(meaning.effects),
        _hash(meaning.exports),
        _hash(sorted(meaning.future)),
        frozenset(meaning.unbound),
        frozenset(meaning.imports),
        frozenset((_hash(around), imported) for around, imported in meaning.guarded),
        frozenset(meaning.only_imported),
        {name: _hash(structures) for name, structures in outer.items() if structures},
        meaning.lines,
    )


def _hash(structure: object) -> str:
    text = repr(structure).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=12).hexdigest()


def compared(old: Meaning, new: Meaning) -> Difference:
    """How two versions of a file differ."""
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
        moved=frozenset(n for n, on in new.lines.items() if old.lines.get(n, on) != on) - names,
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


def _changed_names(old: Meaning, new: Meaning) -> frozenset[str]:
    names = old.parts.keys() | new.parts.keys()
    if old.future != new.future:  # it gives all code another meaning
        return frozenset(names)
    return frozenset(name for name in names if old.parts.get(name) != new.parts.get(name))


def _changed_docstrings(old: Meaning, new: Meaning) -> frozenset[str]:
    names = old.docstrings.keys() | new.docstrings.keys()
    return frozenset(n for n in names if old.docstrings.get(n) != new.docstrings.get(n))


def _changed_run(old: Meaning, new: Meaning) -> str:
    """Why importing the module may do something else; empty if it does the same."""
    if old.future != new.future:
        return "a __future__ import"
    if old.effects != new.effects:
        return "its module-level code"
    missing = sorted(new.unbound - old.unbound)
    return f"its module-level code reads {missing[0]}, which is not there yet" if missing else ""


def _imported_names(old: Meaning, new: Meaning) -> frozenset[str]:
    if any(imported.name == "*" for imported in old.imports | new.imports):
        return frozenset()
    imported = old.only_imported | new.only_imported
    return frozenset(imported - (old.parts.keys() & new.parts.keys()) - ALWAYS_BOUND)


def _changed_in_nested_functions(
    names: frozenset[str], old: Meaning, new: Meaning
) -> frozenset[str]:
    return frozenset(
        name
        for name in names
        if (outer := old.without_nested_functions(name))
        and outer == new.without_nested_functions(name)
    )
