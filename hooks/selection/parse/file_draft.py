"""A summary in the making: the imports and definitions of a file, while it is read."""

from __future__ import annotations

from .body import Body
from .imports import aliases_of, imports_of, stars_of
from .scope import Scope
from .summary import DefinitionKind, Import, ImportedName, StarImport, local_alias
from .syntax import ImportNode


class FileDraft:
    """Collects what a file imports and defines.

    `imports` have their place in the order of imports as value. `bodies` are the definitions by
    name, `module` the code that runs when the module is imported. `class_scopes` are the
    scopes of class bodies, by the dotted name of the class with a dot behind.
    """

    def __init__(self) -> None:
        self.imports: dict[Import, int] = {}
        self.aliases: dict[str, dict[ImportedName, None]] = {}
        self.stars: dict[StarImport, None] = {}
        self.bodies: dict[str, Body] = {}
        self.class_scopes: dict[str, Scope] = {}
        self.module = self.body("", DefinitionKind.MODULE)

    def body(self, name: str, kind: DefinitionKind) -> Body:
        """The definition of this name, made where it is new; a function or class replaces a binding's kind."""
        body = self.bodies.get(name)
        if body is None:
            body = self.bodies[name] = Body(name, kind)
            owner, dot, last = name.rpartition(".")
            if owner + dot in self.class_scopes:
                self.class_scopes[owner + dot].aliases[last] = name
        elif body.kind is DefinitionKind.BINDING:
            body.kind = kind
        return body

    def add_import(self, node: ImportNode, *, runs: bool) -> None:
        """Note an import of the module, or of the body of a class; `runs` as in `Import`."""
        for name, origin in aliases_of(node):
            self.aliases.setdefault(name, {})[origin] = None
        self.stars.update(dict.fromkeys(stars_of(node)))
        for statement in imports_of(node, runs=runs):
            self.imports.setdefault(statement, len(self.imports))

    def add_local_import(self, node: ImportNode, body: Body) -> dict[str, str]:
        """Note an import in a function; the names that it binds, with their local aliases."""
        keys: dict[str, str] = {}
        for name, origin in aliases_of(node):
            key = keys[name] = local_alias(name, body.name)
            self.aliases.setdefault(key, {})[origin] = None
        self.stars.update(dict.fromkeys(stars_of(node)))
        self.add_run_import(node, body)
        return keys

    def add_run_import(self, node: ImportNode, body: Body) -> None:
        """Note that a body runs an import that does not run with the module."""
        for statement in imports_of(node, runs=False):
            body.local_imports[self.imports.setdefault(statement, len(self.imports))] = None
