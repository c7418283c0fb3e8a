"""Reads what stands at the top level of a file and in the bodies of its classes."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable

from .doctests import DOCTESTS, examples
from .expressions import Expressions
from .operators import ITERATOR_METHODS
from .program import PROGRAM
from .pure import is_pure, only_binds
from .scope import Scope
from .strings import IDENTIFIER
from .summary import DefinitionKind
from .syntax import (
    BLOCKS,
    AssignmentNode,
    FunctionNode,
    ImportNode,
    arguments_of,
    bound_by,
    called_by,
    chain_of,
    defaults_of,
    is_main,
    is_marker,
    is_type_checking,
    last_of,
    parameters_of,
    plain,
    targets_of,
    unpacks,
)

_PLAIN_METACLASSES = ("ABCMeta", "type")


class TopLevel(Expressions):
    """Makes a definition of each function, class and name of a file, and of what it runs itself.

    `owner` is the dotted name of the class around with a dot behind; empty at the top level.
    `runs` says whether imports run when the module is imported.
    """

    def statements(self, body: list[ast.stmt], owner: str = "", *, runs: bool = True) -> None:
        """Read the statements of the module, of a class, or of a block in one of these."""
        for node in body:
            reader = _READERS.get(type(node))
            if reader is not None:
                reader(self, node, owner, runs)
            else:
                self._run(node)

    def doctests(self, docstring: str) -> None:
        """Read the examples of one docstring: they run like a function of their own."""
        statements: list[ast.stmt] = []
        for example in examples(docstring):
            try:
                statements += ast.parse(example).body
            except (SyntaxError, ValueError):
                # Some show an error on purpose; whatever else it is, what it names counts.
                words = dict.fromkeys(IDENTIFIER.findall(example))
                body = self.file.body(DOCTESTS, DefinitionKind.FUNCTION)
                body.names.update(words)
                body.attributes.update(words)
        if statements:
            [function] = ast.parse("def _(): ...").body
            assert isinstance(function, ast.FunctionDef)
            function.name, function.body = DOCTESTS, statements
            self._function_definition(function, "", True)

    def _run(self, node: ast.AST) -> None:
        """Read what runs when the module is imported."""
        self.visit(node, self.file.module, self.around)

    def _import_statement(self, node: ImportNode, _owner: str, runs: bool) -> None:
        self.file.add_import(node, runs=runs)
        if self.file.module.kind is DefinitionKind.PROGRAM:
            self.file.add_run_import(node, self.file.module)

    def _pass(self, _node: ast.Pass, _owner: str, _runs: bool) -> None:
        pass

    def _type_alias(self, node: ast.AST, owner: str, _runs: bool) -> None:
        """`type Name = ...`; its node has no type on the Pythons before 3.12."""
        name, value = (getattr(node, field) for field in ("name", "value"))
        self._bind(owner + name.id, value)

    def _bind(self, name: str, node: ast.AST) -> None:
        """Note that an expression gives a name its value."""
        self.visit(node, self.file.body(name, DefinitionKind.BINDING), self.around)

    # --- blocks --------------------------------------------------------------------------

    def _block(self, node: ast.stmt, owner: str, runs: bool) -> None:
        """A statement with others in it: all of them may run."""
        for field in node._fields:
            part = getattr(node, field)
            if isinstance(part, list):
                for inner in part:
                    self._block_part(inner, owner, runs)
            elif isinstance(part, ast.AST):
                self._run(part)

    def _block_part(self, node: ast.AST, owner: str, runs: bool) -> None:
        if isinstance(node, ast.stmt):
            self.statements([node], owner, runs=runs)
        elif isinstance(node, (ast.ExceptHandler, ast.match_case)):
            condition = node.type if isinstance(node, ast.ExceptHandler) else node.guard
            if condition is not None:
                self._run(condition)
            self.statements(node.body, owner, runs=runs)
        else:  # an item of `with`
            self._run(node)
            for name in bound_by(node):
                self._bind(owner + name, node)

    def _if(self, node: ast.If, owner: str, runs: bool) -> None:
        if is_type_checking(node):
            self.statements(node.body, owner, runs=False)
        elif is_main(node.test) and not owner:
            self._program(node)
        else:
            self._block(node, owner, runs)
            return
        self.statements(node.orelse, owner, runs=runs)

    def _program(self, node: ast.If) -> None:
        """What runs below `if __name__ == "__main__"`, and no import does."""
        module = self.file.module
        self.file.module = self.file.body(PROGRAM, DefinitionKind.PROGRAM)
        self.file.module.deferred = 1
        self._run(node.test)
        self.statements(node.body, runs=False)
        self.file.module = module

    def _for(self, node: ast.For | ast.AsyncFor, owner: str, runs: bool) -> None:
        self._block(node, owner, runs)
        self._iterate()
        for name in bound_by(node.target):
            self._bind(owner + name, node.iter)

    def _iterate(self) -> None:
        self.file.module.direct_attributes.update(dict.fromkeys(ITERATOR_METHODS))

    # --- definitions ---------------------------------------------------------------------

    def _assignment(self, node: AssignmentNode, owner: str, _runs: bool) -> None:
        targets, value = targets_of(node), node.value
        names = [owner + name for target in targets for name in bound_by(target)]
        for name in names:
            body = self.file.body(name, DefinitionKind.BINDING)
            if value is not None:
                self.visit(value, body, self.around)
            if isinstance(node, ast.AnnAssign) and owner:
                self.visit(node.annotation, body, self.around)
                self.quoted(node.annotation, body)
        if unpacks(node):
            self._iterate()
        if not all(isinstance(target, (ast.Name, ast.Tuple, ast.List)) for target in targets):
            for target in targets:
                self._run(target)
        if value is None:
            return
        if not only_binds(targets, value) or not is_pure(value):
            self._run(value)
        else:
            # Settings: a framework may read the name that no code mentions.
            for name in names:
                self.file.module.dotted.update(self.file.bodies[name].dotted)

    def _class_definition(self, node: ast.ClassDef, owner: str, _runs: bool) -> None:
        name = owner + node.name
        body = self.file.body(name, DefinitionKind.CLASS)
        for base in node.bases:
            chain = chain_of(base.value if isinstance(base, ast.Subscript) else base)
            self.visit(base, body, self.around)
            if chain:
                body.bases = (*body.bases, chain)
            else:
                body.computed_base = True
                self._run(base)
        for keyword in node.keywords:
            self._class_argument(keyword, name)
        self._decorators(node.decorator_list, name)
        if owner:
            self.file.body(owner[:-1], DefinitionKind.CLASS).names[name] = None
        around, members = self.around, f"{name}."
        self.around = self.file.class_scopes.setdefault(members, Scope(set(), "", {}))
        self.statements(node.body, members)
        self.around = around

    def _class_argument(self, keyword: ast.keyword, name: str) -> None:
        body, value = self.file.bodies[name], keyword.value
        if keyword.arg == "metaclass" and last_of(value) in _PLAIN_METACLASSES:
            body.bases = (*body.bases, chain_of(value))
        else:
            body.class_arguments = True
        self.visit(value, body, self.around)
        self._run(value)
        chain = chain_of(value)
        if keyword.arg == "metaclass" and chain:
            self.file.module.calls[chain] = None

    def _function_definition(self, node: FunctionNode, owner: str, _runs: bool) -> None:
        body = self.file.body(owner + node.name, DefinitionKind.FUNCTION)
        self._decorators(node.decorator_list, owner + node.name)
        for default in defaults_of(node.args):
            self.visit(default, body, self.around)
            if not is_pure(default):
                self._run(default)
        names = parameters_of(node.args)
        body.parameters = (*body.parameters, *names)
        self_name = names[0] if owner and names and "staticmethod" not in body.decorators else ""
        self.annotations(node, body)
        scope = Scope(set(), self_name, {}).inside(node, walrus=self.walrus)
        scope.local.discard(self_name)
        # Calling a coroutine function or a generator runs nothing of it yet.
        body.is_coroutine = isinstance(node, ast.AsyncFunctionDef)
        body.deferred += body.is_coroutine
        self.visit_all(node.body, body, scope)
        body.deferred = 0

    # --- decorators ----------------------------------------------------------------------

    def _decorators(self, decorators: list[ast.expr], name: str) -> None:
        """Read the decorators of a function or class: they run with the module."""
        body = self.file.bodies[name]
        for node in decorators:
            function = called_by(node)
            chain = chain_of(function)
            if chain:
                body.decorators[chain] = None
                self.file.module.calls[chain] = None
            else:
                body.computed_decorator = True
            self.visit(node, body, self.around)
            if last_of(function) == "fixture":
                self._fixture(node, name)
            if is_marker(chain):
                # Arguments of a marker are values; only calls in them run something.
                for argument in arguments_of(node):
                    if not is_pure(argument):
                        self._run(argument)
            else:
                self._run(node)

    def _fixture(self, decorator: ast.expr, name: str) -> None:
        body = self.file.bodies[name]
        body.fixture = name.rpartition(".")[2]
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                body.fixture = plain(str(keyword.value.value))
            elif keyword.arg == "autouse":
                autouse = keyword.value
                body.autouse = not (isinstance(autouse, ast.Constant) and not autouse.value)


_READERS: dict[type[ast.AST], Callable[..., None]] = {
    **dict.fromkeys(BLOCKS, TopLevel._block),
    ast.If: TopLevel._if,
    ast.For: TopLevel._for,
    ast.AsyncFor: TopLevel._for,
    ast.FunctionDef: TopLevel._function_definition,
    ast.AsyncFunctionDef: TopLevel._function_definition,
    ast.ClassDef: TopLevel._class_definition,
    ast.Import: TopLevel._import_statement,
    ast.ImportFrom: TopLevel._import_statement,
    ast.Assign: TopLevel._assignment,
    ast.AnnAssign: TopLevel._assignment,
    ast.AugAssign: TopLevel._assignment,
    ast.Pass: TopLevel._pass,
}
"""How each kind of statement is read; all others just run."""
if sys.version_info >= (3, 12):
    _READERS[ast.TypeAlias] = TopLevel._type_alias
