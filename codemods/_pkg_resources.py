"""The command behind `pkg-resources`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import libcst as cst

from gardener.codemod.command import Command
from gardener.codemod.project import Project

_OLD = "pkg_resources"
_MISSING = f"{_OLD}.DistributionNotFound"
_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?")
_PATH = re.compile(r"(?!/)(?!.*\.\.)[\w./ -]+")
_WIDE = {"Exception", "BaseException"}


class PkgResources(Command):
    """Ask importlib where pkg_resources was asked, for what both answer alike."""

    DESCRIPTION = "Ask importlib where pkg_resources was asked, for what both answer alike."
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
        self.modules: dict[str, None] = {}
        self.taken: dict[cst.CSTNode, str] = {}
        taken = self.names.bound_anywhere("importlib")
        if any(not bound.target.startswith("importlib") for bound in taken):
            return
        uses = list(self._uses())
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
                self.note(node, f"{_OLD}.{name} has no equal in importlib: see its documentation")
        if self.modules:
            self._write()

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
        if not _is_text(argument, _NAME) and not _is_name(argument, "__name__", "__package__"):
            return
        if self.protected(attribute):
            return
        code = f"importlib.metadata.version({self.code(argument)})"
        self._take(node, attribute, code, "importlib.metadata")

    def _resource(self, node: cst.CSTNode, name: str) -> None:
        """`resource_string(package, path)` and `resource_filename(package, path)`."""
        call = self.index.parent[node]
        if (self.project.minimum_python or (0, 0)) < (3, 9) or not isinstance(call, cst.Call):
            return
        if len(call.args) != 2 or any(arg.star or arg.keyword for arg in call.args):
            return
        package, path = call.args[0].value, call.args[1].value
        is_own = _is_name(package, "__name__") and self.file.path.endswith("__init__.py")
        if not (is_own or _is_text(package, _NAME)) or not _is_text(path, _PATH):
            return
        if self.protected(call) or any(self._tries(call)):
            return
        code = f"importlib.resources.files({self.code(package)}).joinpath({self.code(path)})"
        code = f"str({code})" if name == "resource_filename" else f"{code}.read_bytes()"
        self._take(node, call, code, "importlib.resources")

    def _take(self, node: cst.CSTNode, whole: cst.CSTNode, code: str, module: str) -> None:
        self.taken[node] = module
        self.modules[module] = None
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
                for type_ in _types(handler):
                    if self.meaning(type_) != _MISSING and self.code(type_) not in _WIDE:
                        return self._refused(
                            changed[0], f"`except {self.code(type_)}` is around it"
                        )
        for node in caught:
            handlers = [a for a in self.index.ancestors(node) if isinstance(a, cst.ExceptHandler)]
            statement_of = self.index.parent[handlers[0]] if handlers else None
            if statement_of not in guarded:
                return self._refused(node, "DistributionNotFound is used for something else too")
        for node in caught:
            self._take(node, node, "importlib.metadata.PackageNotFoundError", "importlib.metadata")
        return True

    def _refused(self, node: cst.CSTNode, why: str) -> bool:
        self._changes.clear()
        self.note(node, f"{_OLD} stays: {why}")
        return False

    # --- the import -----------------------------------------------------------------------------------

    def _write(self) -> None:
        """Import the new modules in the place of the old one, or before it if that is still needed."""
        is_needed = any(node not in self.taken for node, _ in self._uses())
        statements: list[cst.Import | cst.ImportFrom] = [*self.index.find(cst.Import)]
        for statement in [*statements, *self.index.find(cst.ImportFrom)]:
            if not _imports_it(statement):
                continue
            line = self.index.parent[statement]
            assert isinstance(line, cst.SimpleStatementLine)
            lines = [_import_line(module) for module in self.modules]
            if is_needed or len(line.body) != 1 or not _is_alone(statement):
                self.change(line, partial(_followed, lines=lines))
                continue
            lines[0] = lines[0].with_changes(
                leading_lines=line.leading_lines, trailing_whitespace=line.trailing_whitespace
            )
            self.change(line, partial(_replaced, lines=lines))


def _followed(
    line: cst.SimpleStatementLine, lines: list[cst.SimpleStatementLine]
) -> cst.FlattenSentinel[cst.SimpleStatementLine]:
    return cst.FlattenSentinel([line, *lines])


def _replaced(
    _line: cst.SimpleStatementLine, lines: list[cst.SimpleStatementLine]
) -> cst.FlattenSentinel[cst.SimpleStatementLine]:
    return cst.FlattenSentinel(lines)


def _imports_it(statement: cst.Import | cst.ImportFrom) -> bool:
    if isinstance(statement, cst.ImportFrom):
        module = statement.module
        return isinstance(module, cst.Name) and module.value == _OLD and not statement.relative
    return any(alias.evaluated_name == _OLD for alias in statement.names)


def _is_alone(statement: cst.Import | cst.ImportFrom) -> bool:
    return isinstance(statement, cst.ImportFrom) or len(statement.names) == 1


def _types(handler: cst.ExceptHandler) -> list[cst.BaseExpression]:
    """The exceptions that a handler names; none where it takes all."""
    if isinstance(handler.type, cst.Tuple):
        return [element.value for element in handler.type.elements]
    return [handler.type] if handler.type is not None else []


def _is_text(node: cst.BaseExpression, shape: re.Pattern[str]) -> bool:
    value = node.evaluated_value if isinstance(node, cst.SimpleString) else None
    return isinstance(value, str) and shape.fullmatch(value) is not None


def _is_name(node: cst.BaseExpression, *names: str) -> bool:
    return isinstance(node, cst.Name) and node.value in names


def _import_line(module: str) -> cst.SimpleStatementLine:
    statement = cst.parse_statement(f"import {module}")
    assert isinstance(statement, cst.SimpleStatementLine)
    return statement
