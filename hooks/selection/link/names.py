"""What a name may mean in a file: its own symbols, and what imports bring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from ..parse.summary import Definition, DefinitionKind, ImportedName, Summary
from .imports import Modules, relative_module
from .nodes import Node, Target

T = TypeVar("T")
ASKS = "\0"
KEEPS = "\1"
NAMED = "\2"


class Symbols:
    """The symbols of each file by name, and which files were asked for.

    `trail` collects the files that were looked at, so that what was concluded from them
    can be concluded anew when one of them changes. A file that was looked at below its
    surface (names, kinds, bases, fixtures) is in it with `ASKS` before its name where
    parameters and words counted, with `KEEPS` where it counted what a decorator keeps.
    Where only one name of its surface counted, it stands before `NAMED` and that name;
    the name of a class with a dot behind it stands for its members.
    """

    def __init__(self, summaries: Mapping[str, Summary], gone: Iterable[Node]) -> None:
        self.summaries = summaries
        self.trail: set[str] = set()
        self._made: dict[str, dict[str, Definition]] = {}
        self._gone: dict[str, list[str]] = {}
        for file, name in sorted(gone):
            self._gone.setdefault(file, []).append(name)

    def __contains__(self, file: str) -> bool:
        self.trail.add(file)
        return file in self.summaries

    def __getitem__(self, file: str) -> dict[str, Definition]:
        self.trail.add(file)
        return self._table(file)

    def _table(self, file: str) -> dict[str, Definition]:
        found = self._made.get(file)
        if found is None:
            found = {s.name: s for s in self.summaries[file].definitions}
            for name in self._gone.get(file, ()):
                found.setdefault(name, Definition(name, DefinitionKind.REMOVED))
            self._made[file] = found
        return found

    def of(self, file: str) -> dict[str, Definition]:
        """The symbols of a file; none when it is not a file of the project."""
        return self[file] if file in self.summaries else {}

    def get(self, file: str, name: str | None) -> Definition | None:
        """The symbol of this name in a file, of which no other one counts."""
        if name is None or file not in self.summaries:
            return None
        self.trail.add(f"{file}{NAMED}{name}")
        return self._table(file).get(name)

    def members(self, klass: Node) -> dict[str, str]:
        """Names of what a class body defines, each with that of its symbol."""
        file, name = klass
        start = f"{name}."
        self.trail.add(f"{file}{NAMED}{start}")
        at = len(start)
        return {n[at:]: n for n in self._table(file) if n.startswith(start) and "." not in n[at:]}

    def note(self, mark: str, file: str) -> None:
        """Note that more than the surface of a file's symbols was looked at."""
        self.trail.add(mark + file)


class Names:
    """Looks names up at the top level of files.

    `gone` are symbols that there were: a name that finds one of these on its way depends
    on it. `lost` are symbols that were fixtures, with the names that these had.
    """

    def __init__(
        self,
        summaries: Mapping[str, Summary],
        modules: Modules,
        gone: frozenset[Node],
        lost: Mapping[Node, str],
    ) -> None:
        self.summaries = summaries
        self.modules = modules
        self.gone = gone
        self.lost: dict[str, list[tuple[str, str]]] = {}
        for (file, name), fixture in sorted(lost.items()):
            self.lost.setdefault(file, []).append((name, fixture))
        self.symbols = Symbols(summaries, gone)
        self._found: dict[tuple[str, str], tuple[tuple[Target, ...], frozenset[str]]] = {}
        self._looking: set[tuple[str, str]] = set()

    def noted(self, make: Callable[[], T]) -> tuple[T, frozenset[str]]:
        """What `make` returns, and the files that it looked at."""
        symbols = self.symbols
        outer, symbols.trail = symbols.trail, set()
        try:
            made = make()
            seen = frozenset(symbols.trail)
        finally:
            outer |= symbols.trail
            symbols.trail = outer
        return made, seen

    def lookup(self, file: str, name: str) -> tuple[Target, ...]:
        """What `name` may mean at the top level of `file`."""
        key = (file, name)
        found = self._found.get(key)
        if found is not None:
            self.symbols.trail |= found[1]
            return found[0]
        if key in self._looking:
            return ()
        self._looking.add(key)
        result, seen = self.noted(lambda: tuple(dict.fromkeys(self._lookup(file, name))))
        self._looking.discard(key)
        if not self._looking:
            self._found[key] = result, seen
        return result

    def _lookup(self, file: str, name: str) -> list[Target]:
        summary = self.summaries.get(file)
        if summary is None:
            return []
        found: list[Target] = []
        defined = self.symbols.get(file, name)
        if summary.broken:
            found.append(Target(file, ""))
        if defined is not None:
            found.append(Target(file, name))
        for origin in summary.aliases.get(name, ()):
            found += self._imported(file, origin)
        if not found:
            for star in summary.stars:
                for source in self.module_files(file, star.level, star.module):
                    found += self.lookup(source, name)
        if not found and self.symbols.get(file, "__getattr__"):
            found.append(Target(file, "__getattr__"))
        return found

    def _imported(self, file: str, origin: ImportedName) -> list[Target]:
        found: list[Target] = []
        level, module, item = origin.level, origin.module, origin.name
        if not item:
            return [Target("", None, module)]
        absolute = relative_module(file, level, module)
        for source in self.module_files(file, level, module):
            if source != file:
                found += self.lookup(source, item)
            elif self.symbols.get(file, item):
                found.append(Target(file, item))
        submodule = f"{absolute}.{item}" if absolute else item
        if self._exists(submodule, file, level):
            found.append(Target("", None, submodule))
        return found

    def _exists(self, module: str, file: str, level: int) -> bool:
        return bool(self.modules.resolve(module, file.rpartition("/")[0])) or (
            level > 0 and module.replace(".", "/") in self.modules.folders
        )

    def module_files(self, file: str, level: int, module: str) -> tuple[str, ...]:
        """The files of an imported module, as `file` names it."""
        if level:
            inner = relative_module(file, level, module).replace(".", "/")
            both = (f"{inner}.py", f"{inner}/__init__.py".lstrip("/"), f"{inner}.pyi")
            return tuple(p for p in both if p in self.modules.paths)
        return self.modules.resolve(module, file.rpartition("/")[0])

    def imported_files(
        self, path: str, level: int, module: str, names: tuple[str, ...]
    ) -> list[str]:
        """Files that run when a file imports this, with the packages around them."""
        found = dict.fromkeys(self.module_files(path, level, module))
        absolute = relative_module(path, level, module)
        for name in names:
            inner = f"{absolute}.{name}" if absolute else name
            files = (
                self.module_files(path, level, f"{module}.{name}" if module else name)
                if level
                else self.modules.resolve(inner, path.rpartition("/")[0])
            )
            found.update(dict.fromkeys(files))
        if not level:
            parts = module.split(".")
            for end in range(1, len(parts)):
                found.update(
                    dict.fromkeys(
                        self.modules.resolve(".".join(parts[:end]), path.rpartition("/")[0])
                    )
                )
        for file in list(found):
            found.update(dict.fromkeys(self.modules.ancestors(file)))
        return [f for f in found if f != path]

    def holds(self, target: Target) -> bool:
        """Whether a module lies in the project."""
        return bool(self.modules.resolve(target.module, ""))
