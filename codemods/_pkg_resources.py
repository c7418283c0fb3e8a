"""The command behind `pkg-resources`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import libcst as cst

from gardener.codemod.command import Command
from gardener.codemod.oldest_python import oldest_python
from gardener.codemod.project import Project

from ._pkg_imports import PkgImports, imports_of, is_fallback
from ._pkg_instead import instead_of
from ._pkg_nodes import OLD as _OLD
from ._pkg_nodes import aliases, is_name, is_text, types

_MISSING = f"{_OLD}.DistributionNotFound"
_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?")
_PART = r"(?!\.{1,2}(?:/|$))[\w. -]+"
_PATH = re.compile(rf"{_PART}(?:/{_PART})*")
"""A file below a package, as both write its path: importlib drops a last `/` and a `./`."""

_WIDE = {"Exception", "BaseException"}


class PkgResources(Command):
    """Ask importlib where pkg_resources was asked, for what both answer alike."""

    NAME = "pkg-resources"
    MARKS = re.compile(rb"pkg_resources|importlib")

    @classmethod
    def keeps(cls, source: bytes, path: str, project: Project) -> re.Pattern[bytes] | None:
        """All that names the module or what is imported from it."""
        del path, project
        lists = re.findall(rb"from\s+pkg_resources\s+import\b\s*(\([^)]*\)|[^\n]*)", source)
        names = {name for each in lists for name in re.findall(rb"[A-Za-z_]\w*", each)}
        return re.compile(b"|".join([cls.MARKS.pattern, *(rb"\b%b\b" % n for n in sorted(names))]))

    def find(self, module: cst.Module) -> None:
        """Find what is taken from the module, and change all of it that has an equal."""
        del module
        if self._is_own_module() or is_fallback(self):
            return
        self.taken: dict[cst.CSTNode, str] = {}
        self.imports = PkgImports(self)
        self.reasons: dict[cst.CSTNode, str] = {}
        self._wholes: set[cst.CSTNode] = set()
        taken = self.names.bound_anywhere("importlib")
        if any(not bound.target.startswith("importlib") for bound in taken):
            return
        uses = list(self._uses())
        why = self._obstacle() if uses else ""
        if why:
            for node, name in uses:
                if not self.protected(node):
                    self.note(node, f"{_OLD}.{name} stays: {why}")
            return
        for node, name in uses:
            if name in ("resource_string", "resource_filename"):
                self._resource(node, name)
            elif name == "get_distribution":
                self._version(node)
        caught = [node for node, name in uses if name == "DistributionNotFound"]
        if not self._handlers_follow(caught):
            return
        for node, name in uses:
            if (
                node not in self.taken
                and not self.protected(node)
                and name != "DistributionNotFound"
            ):
                reason = self.reasons.get(node)
                why = f" {reason}" if reason else f": {instead_of(name)}"
                self.note(node, f"{_OLD}.{name}{why}")
        if self.taken:
            self._write()

    def _is_own_module(self) -> bool:
        """Whether the project has a `pkg_resources` itself, as setuptools does."""
        own_path, modules = self.project.full(self.file.path), self.project.modules
        located = modules.locate(_OLD, own_path)
        if os.path.dirname(located) == os.path.dirname(own_path):  # noqa: PTH120
            return self.project.is_beside(_OLD, self.file.path, self.file.data)
        return bool(located) and modules.in_project(located)

    def _uses(self) -> Iterator[tuple[cst.CSTNode, str]]:
        """Expressions that mean something of the module, and its name there."""
        for node in (*self.index.find(cst.Attribute), *self.index.find(cst.Name)):
            above = self.index.parent[node]
            if isinstance(above, (cst.ImportAlias, cst.AsName, cst.ImportFrom)):
                continue
            if isinstance(above, cst.Attribute) and above.attr is node:
                continue
            if isinstance(above, cst.Arg) and above.keyword is node:
                continue
            module, _, name = self.meaning(node).rpartition(".")
            if module == _OLD:
                yield node, name

    def _obstacle(self) -> str:
        """Why another import cannot take the place of the file's own; '' = it can."""
        for statement in imports_of(self):
            line = self.index.parent[statement]
            if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
                return "something else stands on the line of its import"
            if isinstance(statement, cst.Import) and any(
                alias.evaluated_name.startswith(f"{_OLD}.") for alias in statement.names
            ):
                return "a module of it is imported"
            names = {alias.evaluated_alias or alias.evaluated_name for alias in aliases(statement)}
            for item in self.index.find(cst.NameItem):
                if item.name.value in names:
                    return f"{item.name.value} is bound for another scope"
        return ""

    @property
    def _oldest(self) -> tuple[int, int] | None:
        return oldest_python(self.project, self.file.path)

    # --- what has an equal ------------------------------------------------------------------------

    def _version(self, node: cst.CSTNode) -> None:
        """`get_distribution(name).version`."""
        call = self.index.parent[node]
        attribute = self.index.parent[call]
        if not isinstance(call, cst.Call) or len(call.args) != 1 or call.args[0].star:
            return
        if not isinstance(attribute, cst.Attribute) or attribute.attr.value != "version":
            return
        argument = call.args[0].value
        if not is_text(argument, _NAME) and not is_name(argument, "__name__", "__package__"):
            return
        if self._oldest is not None and self._oldest < (3, 8):
            self.reasons[node] = "stays: not each Python of the project has importlib.metadata"
            return
        if self._is_hindered(node, attribute):
            return
        version = self.imports.written(node, "importlib.metadata", "version")
        self._take(node, attribute, f"{version}({self.code(argument)})", "importlib.metadata")

    def _resource(self, node: cst.CSTNode, name: str) -> None:
        """`resource_string(package, path)` and `resource_filename(package, path)`."""
        call = self.index.parent[node]
        if not isinstance(call, cst.Call):
            return
        if len(call.args) != 2 or any(arg.star or arg.keyword for arg in call.args):
            return
        path = call.args[1].value
        package = self._package(node, call.args[0].value)
        if not package or not is_text(path, _PATH):
            return
        if (self._oldest or (0, 0)) < (3, 9):
            self.reasons[node] = (
                "stays: not each Python of the project has importlib.resources.files"
            )
            return
        if any(self._tries(call)) or self._is_hindered(node, call):
            return
        files = self.imports.written(node, "importlib.resources", "files")
        code = f"{files}({package}).joinpath({self.code(path)})"
        code = f"str({code})" if name == "resource_filename" else f"{code}.read_bytes()"
        self._take(node, call, code, "importlib.resources")

    def _package(self, node: cst.CSTNode, package: cst.BaseExpression) -> str:
        """The package whose files are asked for, as it is written for importlib; '' = not certain.

        pkg_resources takes a module for the package that it lies in.
        """
        file_path = self.project.full(self.file.path)
        if is_name(package, "__name__"):
            if file_path.endswith("__init__.py"):
                return self.code(package)
            above = os.path.join(os.path.dirname(file_path), "__init__.py")  # noqa: PTH118, PTH120
            is_script = b"__main__" in self.file.data
            if is_script or not os.path.isfile(above):  # noqa: PTH113
                return ""
            return f'"{self.project.modules.name(above)}"'
        if not is_text(package, _NAME):
            return ""
        assert isinstance(package, cst.SimpleString)
        located = self.project.modules.locate(str(package.evaluated_value), file_path)
        if located and not located.endswith("__init__.py"):
            self.reasons[node] = f"stays: {self.code(package)} is no package"
            return ""
        return self.code(package)

    def _is_hindered(self, node: cst.CSTNode, whole: cst.CSTNode) -> bool:
        """Whether a use cannot change where it stands; why is kept for its note."""
        around = {*self.index.ancestors(whole)}
        scopes = (bound.scope for bound in self.names.bound_anywhere("importlib"))
        why = ""
        if "#" in self.code(whole):
            why = "a comment stands in it"
        elif any(scope is not None and self.names.holder(scope) in around for scope in scopes):
            why = "importlib is bound in the function around it"
        elif self._is_suppressed(whole):
            why = "`with suppress()` is around it"
        if why:
            self.reasons[node] = f"stays: {why}"
        return bool(why) or self.protected(whole)

    def _is_suppressed(self, node: cst.CSTNode) -> bool:
        """Whether `with suppress(...)` around a node takes what is raised."""
        return any(
            "suppress(" in self.code(item.item)
            for around in self.index.ancestors(node)
            if isinstance(around, cst.With)
            for item in around.items
        )

    def _take(self, node: cst.CSTNode, whole: cst.CSTNode, code: str, module: str) -> None:
        self.taken[node] = module
        self._wholes.add(whole)
        new = cst.parse_expression(code)
        self.change(whole, lambda old: new.with_changes(lpar=old.lpar, rpar=old.rpar))

    # --- who catches what is raised -----------------------------------------------------------------

    def _tries(self, node: cst.CSTNode) -> Iterator[cst.Try]:
        """The `try` statements in whose body a node stands."""
        inner = node
        for around in self.index.ancestors(node):
            if isinstance(around, cst.Try) and inner is around.body:
                yield around
            inner = around

    def _handlers_follow(self, caught: list[cst.CSTNode]) -> bool:
        """Change who waits for a missing distribution; False, with a note, if that is not certain."""
        changed = [node for node, module in self.taken.items() if module == "importlib.metadata"]
        if not changed:
            return True
        elsewhere = [
            path
            for path in self.project.containing("DistributionNotFound")
            if path != self.file.path
        ]
        if elsewhere:
            return self._refused(changed[0], f"{elsewhere[0]} may wait for DistributionNotFound")
        guarded = {each for node in changed for each in self._tries(node)}
        for statement in guarded:
            for handler in statement.handlers:
                for type_ in types(handler):
                    if self.meaning(type_) != _MISSING and self.code(type_) not in _WIDE:
                        return self._refused(
                            changed[0], f"`except {self.code(type_)}` is around it"
                        )
        for node in caught:
            handlers = [a for a in self.index.ancestors(node) if isinstance(a, cst.ExceptHandler)]
            statement_of = self.index.parent[handlers[0]] if handlers else None
            if handlers and self._reads_error(handlers[0]):
                return self._refused(node, "the error has other attributes")
            if statement_of not in guarded:
                return self._refused(node, "DistributionNotFound is used for something else too")
        for node in caught:
            error = self.imports.written(node, "importlib.metadata", "PackageNotFoundError")
            self._take(node, node, error, "importlib.metadata")
        return True

    def _reads_error(self, handler: cst.ExceptHandler) -> bool:
        """Whether a handler reads an attribute of what it caught."""
        name = handler.name.name if handler.name is not None else None
        return isinstance(name, cst.Name) and any(
            isinstance(node.value, cst.Name) and node.value.value == name.value
            for node in self.index.find(cst.Attribute)
            if handler in self.index.ancestors(node)
        )

    def _refused(self, node: cst.CSTNode, why: str) -> bool:
        self._changes.clear()
        self.note(node, f"{_OLD} stays: {why}")
        return False

    # --- the import -----------------------------------------------------------------------------------

    def _write(self) -> None:
        """Import the new modules, and the old one only where it is still needed."""
        dropped = {
            statement: [alias for alias in aliases(statement) if not self._is_needed(alias)]
            for statement in imports_of(self)
        }
        self.imports.write(dropped)

    def _is_needed(self, alias: cst.ImportAlias) -> bool:
        """Whether more than what changes uses what an import binds, here or in another file."""
        local = alias.evaluated_alias or alias.evaluated_name
        self.sees(local)
        if not alias.evaluated_name.startswith(_OLD) and not self._is_used(local):
            return True
        if any(re.search(rf"\b{local}\b", t.value) for t in self.index.find(cst.SimpleString)):
            return True
        if any(name.value == local and not self._goes(name) for name in self.index.find(cst.Name)):
            return True
        own = self.project.modules.name(self.project.full(self.file.path)).rpartition(".")[2]
        return bool(own) and any(self.project.takers(own, local))

    def _is_used(self, local: str) -> bool:
        return any(
            name.value == local and not self._is_in_import(name)
            for name in self.index.find(cst.Name)
        )

    def _is_in_import(self, name: cst.Name) -> bool:
        imports = (cst.Import, cst.ImportFrom)
        return any(isinstance(around, imports) for around in self.index.ancestors(name))

    def _goes(self, name: cst.Name) -> bool:
        """Whether a name stands in an import, or in what something else takes the place of."""
        if self._is_in_import(name) or name in self.taken:
            return True
        above = self.index.parent[name]
        if isinstance(above, cst.Arg) and above.keyword is name:
            return True
        return any(around in self._wholes for around in self.index.ancestors(name))
