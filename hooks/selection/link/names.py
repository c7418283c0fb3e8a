"""What a name may mean in a file: its own definitions, and what imports bring."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

from gardener.model import Symbol
from gardener.modules.search_path import encloses

from ..parse.recent import Recent
from ..parse.summary import Definition, DefinitionKind, ImportedName, Summary
from .facts import Aspect, Fact, aspect_of, members_of, name_in
from .imports import Modules, relative_module
from .nodes import ImportedModule, Target

T = TypeVar("T")
_ENDS = (".py", "/__init__.py", "/__init__.pyi")
_MOST_HELD = 30_000
"""Definitions of which two times as many are held by name: in a large tree some are looked up again."""


class Definitions:
    """The definitions of each file by qualified name; notes in `facts` what was looked at.

    `gone` are symbols that the files defined before; they have a definition of kind `REMOVED`.
    """

    def __init__(self, summaries: Mapping[str, Summary], gone: Iterable[Symbol]) -> None:
        self.summaries = summaries
        self.facts: set[Fact] = set()
        self._by_file: Recent[str, dict[str, Definition]] = Recent(_MOST_HELD)
        self._gone: dict[str, list[str]] = {}
        for file, name in sorted(gone):
            self._gone.setdefault(file, []).append(name)

    def __contains__(self, file: str) -> bool:
        self.facts.add(aspect_of(file, Aspect.SURFACE))
        return file in self.summaries

    def __getitem__(self, file: str) -> dict[str, Definition]:
        self.facts.add(aspect_of(file, Aspect.SURFACE))
        return self._table(file)

    def _table(self, file: str) -> dict[str, Definition]:
        table = self._by_file.get(file)
        if table is None:
            table = {d.name: d for d in self.summaries[file].definitions}
            for name in self._gone.get(file, ()):
                table.setdefault(name, Definition(name, DefinitionKind.REMOVED))
            self._by_file.put(file, table, len(table))
        return table

    def of(self, file: str) -> dict[str, Definition]:
        """The definitions of a file; none when it is not a file of the project."""
        return self[file] if file in self.summaries else {}

    def get(self, file: str, name: str) -> Definition | None:
        """The definition of this name in a file, of which nothing else was looked at."""
        if file not in self.summaries:
            return None
        self.facts.add(name_in(file, name))
        table = self._by_file.get(file)
        return (self._table(file) if table is None else table).get(name)

    def kind(self, symbol: Symbol) -> DefinitionKind | None:
        """The kind of a symbol's definition; None where there is none."""
        definition = self.get(*symbol)
        return None if definition is None else definition.kind

    def members(self, klass: Symbol) -> dict[str, str]:
        """Names of what a class body defines, each with its qualified name."""
        file, name = klass
        start = f"{name}."
        self.facts.add(members_of(klass))
        cut = len(start)
        return {n[cut:]: n for n in self._table(file) if n.startswith(start) and "." not in n[cut:]}

    def note(self, file: str, aspect: Aspect) -> None:
        """Note that more than the surface of a file's definitions was looked at."""
        self.facts.add(aspect_of(file, aspect))


class Names:
    """Looks names up at the top level of files.

    `gone` are symbols that there were before: a name that meets one of these when it is looked
    up depends on it. `lost` are symbols that were fixtures before, with the names of these.
    """

    def __init__(
        self,
        summaries: Mapping[str, Summary],
        modules: Modules,
        gone: frozenset[Symbol],
        lost: Mapping[Symbol, str],
    ) -> None:
        self.summaries = summaries
        self.modules = modules
        self.gone = gone
        self.lost: dict[str, list[tuple[Symbol, str]]] = {}
        for symbol, fixture in sorted(lost.items()):
            self.lost.setdefault(symbol.file, []).append((symbol, fixture))
        self.definitions = Definitions(summaries, gone)
        self._cache: dict[tuple[str, str], tuple[tuple[Target, ...], frozenset[Fact]]] = {}
        self._in_progress: set[tuple[str, str]] = set()

    def recorded(self, compute: Callable[[], T]) -> tuple[T, frozenset[Fact]]:
        """What `compute` returns, and the facts that it looked at."""
        computed, facts = self.apart(compute)
        self.definitions.facts |= facts
        return computed, facts

    def apart(self, compute: Callable[[], T]) -> tuple[T, frozenset[Fact]]:
        """The same, where these facts are not (yet) among those of the file that is linked."""
        definitions = self.definitions
        outer, definitions.facts = definitions.facts, set()
        try:
            return compute(), frozenset(definitions.facts)
        finally:
            definitions.facts = outer

    def lookup(self, file: str, name: str) -> tuple[Target, ...]:
        """What `name` may mean at the top level of `file`."""
        key = (file, name)
        cached = self._cache.get(key)
        if cached is not None:
            self.definitions.facts |= cached[1]
            return cached[0]
        if key in self._in_progress:  # imports in a circle
            return ()
        self._in_progress.add(key)
        targets, facts = self.recorded(lambda: tuple(dict.fromkeys(self._lookup(file, name))))
        self._in_progress.discard(key)
        if not self._in_progress:  # else a circle may have cut it short
            self._cache[key] = targets, facts
        return targets

    def _lookup(self, file: str, name: str) -> list[Target]:
        summary = self.summaries.get(file)
        if summary is None:
            return []
        targets: list[Target] = []
        definition = self.definitions.get(file, name)
        if summary.broken:
            targets.append(Symbol(file, ""))
        if definition is not None:
            targets.append(Symbol(file, name))
        for origin in summary.aliases.get(name, ()):
            targets += self._imported(file, origin)
        if not targets:
            for star in summary.stars:
                for source in self.module_files(file, star.level, star.module):
                    targets += self.lookup(source, name)
        if not targets and self.definitions.get(file, "__getattr__"):
            targets.append(Symbol(file, "__getattr__"))
        return targets

    def _imported(self, file: str, origin: ImportedName) -> list[Target]:
        """What an import in `file` brings."""
        level, module, name = origin.level, origin.module, origin.name
        if not name:
            return [ImportedModule(module)]
        targets: list[Target] = []
        for source in self.module_files(file, level, module):
            if source != file:
                targets += self.lookup(source, name)
            elif self.definitions.get(file, name):
                targets.append(Symbol(file, name))
        absolute = relative_module(file, level, module)
        submodule = f"{absolute}.{name}" if absolute else name
        if self._exists(submodule, file, level):
            targets.append(ImportedModule(submodule))
        return targets

    def _exists(self, module: str, file: str, level: int) -> bool:
        return bool(self.modules.resolve(module, file.rpartition("/")[0])) or (
            level > 0 and module.replace(".", "/") in self.modules.folders
        )

    def module_files(self, file: str, level: int, module: str) -> tuple[str, ...]:
        """The files of an imported module, as `file` names it."""
        if level:
            stem = relative_module(file, level, module).replace(".", "/")
            candidates = (f"{stem}.py", f"{stem}/__init__.py".lstrip("/"), f"{stem}.pyi")
            return tuple(p for p in candidates if p in self.modules.paths)
        return self.modules.resolve(module, file.rpartition("/")[0])

    def imported_files(
        self, path: str, level: int, module: str, names: tuple[str, ...]
    ) -> list[str]:
        """Files that run when a file imports this, with the packages around them."""
        folder = path.rpartition("/")[0]
        files = dict.fromkeys(self.module_files(path, level, module))
        inner = {n: self.module_files(path, level, f"{module}.{n}".lstrip(".")) for n in names}
        if not level:
            if len(files) > 1 and names:
                files = dict.fromkeys(self._binding(files, module, inner))
            parts = module.split(".")
            is_importable = len(parts) > 1 and self._is_importable(module, files)
            for end in range(1, len(parts)):
                packages = self.modules.resolve(".".join(parts[:end]), folder)
                if is_importable:
                    packages = tuple(filter(self._may_be_package, packages))
                files.update(dict.fromkeys(packages))
        for submodules in inner.values():
            files.update(dict.fromkeys(submodules))
        for file in list(files):
            files.update(dict.fromkeys(self.modules.ancestors(file)))
        return [f for f in files if f != path]

    def holding(self, files: tuple[str, ...], module: str, name: str) -> tuple[str, ...]:
        """Those of the files of a module that a string `module.name` may mean.

        Files that are found by the end of their path alone must define the name, or import it.
        """
        roots = self.modules.roots_of(module.partition(".")[0])
        return tuple(
            file
            for file in files
            if any(encloses(root, file) for root in roots) or self._may_bind(file, (name,))
        )

    def _binding(
        self, files: Collection[str], module: str, inner: Mapping[str, tuple[str, ...]]
    ) -> Iterable[str]:
        """Those of the files of a module that `from module import ...` may mean.

        `inner` are the files of modules inside it by the names that are imported: where each name
        is one, a file that is no package, and binds none of them, is not meant.
        """
        if not all(self._is_importable(f"{module}.{name}", inner[name]) for name in inner):
            return files
        return (f for f in files if self._may_be_package(f) or self._may_bind(f, inner))

    def _is_importable(self, module: str, files: Collection[str]) -> bool:
        """Whether one of the files of a module lies below a folder of `sys.path`, by its full name."""
        if not files:
            return False
        top, ends = module.partition(".")[0], module.replace(".", "/")
        roots = {f"{root}/" if root else "" for root in self.modules.roots_of(top)}
        named = (f"{root}{ends}{end}" for root in roots for end in _ENDS)
        return any(name in files for name in named)

    def _may_be_package(self, file: str) -> bool:
        """Whether there may be modules inside a file: a plain one needs a `__path__` for that."""
        return file.endswith(_ENDS[1:]) or self.definitions.get(file, "__path__") is not None

    def _may_bind(self, file: str, names: Iterable[str]) -> bool:
        """Whether a file may define or import one of some names."""
        defined, summary = self.definitions[file], self.summaries[file]
        return bool(summary.broken or summary.stars or "__getattr__" in defined) or any(
            name in defined or name in summary.aliases for name in names
        )

    def in_project(self, target: Target) -> bool:
        """Whether a target is a symbol, or a module that lies in the project."""
        return isinstance(target, Symbol) or bool(self.modules.resolve(target.name, ""))
