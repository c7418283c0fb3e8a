"""What a name may mean in a file: its own symbols, and what imports bring."""

from __future__ import annotations

from .imports import Modules, relative_module
from .nodes import Node, Target
from .summary import Summary, Symbol


class Names:
    """Looks names up at the top level of files.

    `changed` are symbols that differ, also those that are gone: a name that finds one
    of these on its way depends on it.
    """

    def __init__(
        self, summaries: dict[str, Summary], modules: Modules, changed: frozenset[Node]
    ) -> None:
        self.summaries = summaries
        self.modules = modules
        self.changed = changed
        self.symbols: dict[str, dict[str, Symbol]] = {
            path: {s.name: s for s in summary.symbols} for path, summary in summaries.items()
        }
        for file, name in changed:
            if file in self.symbols and name not in self.symbols[file]:
                self.symbols[file][name] = Symbol(name, "gone")
        self._found: dict[tuple[str, str], tuple[Target, ...]] = {}
        self._looking: set[tuple[str, str]] = set()

    def lookup(self, file: str, name: str) -> tuple[Target, ...]:
        """What `name` may mean at the top level of `file`."""
        key = (file, name)
        found = self._found.get(key)
        if found is not None:
            return found
        if key in self._looking:
            return ()
        self._looking.add(key)
        result = tuple(dict.fromkeys(self._lookup(file, name)))
        self._looking.discard(key)
        if not self._looking:
            self._found[key] = result
        return result

    def _lookup(self, file: str, name: str) -> list[Target]:
        summary = self.summaries.get(file)
        if summary is None:
            return []
        found: list[Target] = []
        if summary.broken:
            return [Target(file, "")]
        if name in self.symbols[file]:
            found.append(Target(file, name))
        for level, module, item in summary.aliases.get(name, ()):
            found += self._imported(file, level, module, item)
        if not found:
            for level, module in summary.stars:
                for source in self.module_files(file, level, module):
                    found += self.lookup(source, name)
        if not found and "__getattr__" in self.symbols[file]:
            found.append(Target(file, "__getattr__"))
        return found

    def _imported(self, file: str, level: int, module: str, item: str) -> list[Target]:
        found: list[Target] = []
        if not item:
            return [Target("", None, module)]
        absolute = relative_module(file, level, module)
        for source in self.module_files(file, level, module):
            if source != file:
                found += self.lookup(source, item)
            elif item in self.symbols[file]:
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
