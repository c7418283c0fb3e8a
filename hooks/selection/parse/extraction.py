"""Reads a Python file: its imports, its definitions, and what each of them mentions."""

from __future__ import annotations

import ast
import re

from .body import Body
from .doctests import DOCTESTS, docstrings, examples
from .expressions import IDENTIFIER, Expressions
from .operators import ITERATION
from .outline import assigned_markers, outline_of, plugins_of
from .scope import Scope
from .summary import (
    DOTTED,
    Attributes,
    Definition,
    DefinitionKind,
    Import,
    ImportedName,
    Strings,
    Summary,
)
from .syntax import (
    BLOCKS,
    NEW_BLOCKS,
    arguments_of,
    bound_by,
    chain_of,
    is_main,
    is_pure,
    last_of,
    parameters_of,
    plain,
    unpacks,
)

_FROM = re.compile(
    r"^[^\S\n]*from\s+(\.*)([\w.]*)\s+import\s+(?:\(([^)]*)\)|([^#\n]*))", re.MULTILINE
)
_IMPORT = re.compile(r"^[^\S\n]*import\s+([\w., ]+)", re.MULTILINE)
_MOST_TEXT = 200_000  # characters of a file that is no Python


def summarize(source: bytes) -> Summary:
    """Read one file; never raises for what is in it."""
    try:
        tree = ast.parse(source)
        docs = [text for _, text in docstrings(tree.body)] if DOCTESTS.encode() in source else []
        return _File(tree, docs, walrus=bool(docs) or b":=" in source).summary()
    except (SyntaxError, ValueError, RecursionError, MemoryError) as wrong:
        line = getattr(wrong, "lineno", None)
        where = f" (line {line})" if line else ""
        return _unparsed(source, f"does not parse: {getattr(wrong, 'msg', wrong)}{where}")


def summarize_text(source: bytes) -> Summary:
    """Read the doctests of a file that is no Python."""
    text = source.decode("utf-8", "replace")[:_MOST_TEXT]
    read = _File(ast.Module([], []), [text], walrus=True)
    # A conftest may look for what the file names.
    read.module.identifiers.update(dict.fromkeys(IDENTIFIER.findall(text)))
    read.module.dotted.update(dict.fromkeys(DOTTED.findall(text)))
    return read.summary()


def _unparsed(source: bytes, why: str) -> Summary:
    """Of a file that does not parse: every identifier, and the lines that look like imports."""
    text = source.decode("utf-8", "replace")
    found = tuple(dict.fromkeys(IDENTIFIER.findall(text)))
    imports = []
    aliases: dict[str, dict[ImportedName, None]] = {}
    for line in _FROM.finditer(text):
        level, module = len(line[1]), line[2]
        items = [item.split() for item in (line[3] or line[4] or "").split(",")]
        named = [words for words in items if words and words[0].isidentifier()]
        imports.append(Import(module, level, tuple(words[0] for words in named)))
        for words in named:
            aliases.setdefault(words[-1], {})[ImportedName(level, module, words[0])] = None
    for line in _IMPORT.finditer(text):
        for words in (item.split() for item in line[1].split(",")):
            if words:
                module = words[0] if len(words) > 1 else words[0].partition(".")[0]
                imports.append(Import(words[0], 0))
                aliases.setdefault(words[-1].partition(".")[0], {})[ImportedName(0, module)] = None
    module_body = Definition(
        "",
        DefinitionKind.MODULE,
        names=found,
        attributes=Attributes(found),
        strings=Strings(found),
    )
    return Summary(
        imports=tuple(imports),
        definitions=(module_body,),
        aliases={name: tuple(origins) for name, origins in aliases.items()},
        broken=why,
    )


class _File(Expressions):
    """One file: what stands at its top level and in the bodies of its classes."""

    def __init__(self, tree: ast.Module, docs: list[str], *, walrus: bool) -> None:
        super().__init__(walrus=walrus)
        self.tree = tree
        self.docs = docs

    def summary(self) -> Summary:
        self.statements(self.tree.body, "", True)
        for text in self.docs:
            self.doctests(text)
        return Summary(
            imports=tuple(self.imports),
            definitions=tuple(b.definition() for b in self.bodies.values()),
            aliases={k: tuple(v) for k, v in self.aliases.items()},
            stars=tuple(self.stars),
            outline=tuple(outline_of(self.tree.body, "")),
            markers=tuple(assigned_markers(self.tree.body)),
            plugins=tuple(plugins_of(self.tree.body)),
        )

    def statements(self, body: list[ast.stmt], inside: str, runs: bool) -> None:
        for node in body:
            kind = type(node)
            if kind in (ast.FunctionDef, ast.AsyncFunctionDef):
                self.function(node, inside)  # type: ignore[arg-type]
            elif kind is ast.ClassDef:
                self.klass(node, inside)  # type: ignore[arg-type]
            elif kind is ast.Import or kind is ast.ImportFrom:
                self.do_import(node, None, runs)  # type: ignore[arg-type]
            elif kind in (ast.Assign, ast.AnnAssign, ast.AugAssign):
                self.assignment(node, inside)  # type: ignore[arg-type]
            elif kind in BLOCKS or kind in NEW_BLOCKS:
                self.block(node, inside, runs)
            elif kind is ast.Expr and isinstance(node.value, ast.Constant):  # type: ignore[attr-defined]
                continue  # a docstring
            elif kind is ast.Expr and isinstance(node.value, ast.Call):  # type: ignore[attr-defined]
                self.visit(node, self.module, self.around)
            elif kind.__name__ == "TypeAlias":
                name = inside + node.name.id  # type: ignore[attr-defined]
                self.visit(node.value, self.body(name, DefinitionKind.BINDING), self.around)  # type: ignore[attr-defined]
            elif kind is not ast.Pass:
                self.visit(node, self.module, self.around)

    def block(self, node: ast.stmt, inside: str, runs: bool) -> None:
        if isinstance(node, ast.If) and last_of(node.test) == "TYPE_CHECKING":
            self.statements(node.body, inside, False)
            self.statements(node.orelse, inside, runs)
            return
        if isinstance(node, ast.If) and is_main(node.test):
            self.module.deferred += 1  # not when it is imported
            self.statements(node.body, inside, runs)
            self.module.deferred -= 1
            self.statements(node.orelse, inside, runs)
            return
        for field in node._fields:
            part = getattr(node, field)
            if isinstance(part, list):
                for item in part:
                    if isinstance(item, ast.stmt):
                        self.statements([item], inside, runs)
                    elif isinstance(item, (ast.ExceptHandler, ast.match_case)):
                        for expression in (
                            getattr(item, "type", None),
                            getattr(item, "guard", None),
                        ):
                            if expression is not None:
                                self.visit(expression, self.module, self.around)
                        self.statements(item.body, inside, runs)
                    else:
                        self.visit(item, self.module, self.around)
                        for name in bound_by(item):
                            self.visit(
                                item, self.body(inside + name, DefinitionKind.BINDING), self.around
                            )
            elif isinstance(part, ast.AST):
                self.visit(part, self.module, self.around)
        if isinstance(node, (ast.For, ast.AsyncFor)):
            self.module.direct_attributes.update(dict.fromkeys(ITERATION))
            for name in bound_by(node.target):
                self.visit(node.iter, self.body(inside + name, DefinitionKind.BINDING), self.around)

    def assignment(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, inside: str) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        value = node.value
        names = [n for target in targets for n in bound_by(target)]
        for name in names:
            body = self.body(inside + name, DefinitionKind.BINDING)
            if value is not None:
                self.visit(value, body, self.around)
            if isinstance(node, ast.AnnAssign) and inside:
                self.visit(node.annotation, body, self.around)
        if unpacks(node):
            self.module.direct_attributes.update(dict.fromkeys(ITERATION))
        plain = all(isinstance(t, (ast.Name, ast.Tuple, ast.List)) for t in targets)
        if not plain:
            for target in targets:
                self.visit(target, self.module, self.around)
        if value is not None and (not plain or not is_pure(value)):
            self.visit(value, self.module, self.around)
        elif value is not None:
            # Settings: a framework may read the name that no code mentions.
            for name in names:
                self.module.dotted.update(self.bodies[inside + name].dotted)

    def klass(self, node: ast.ClassDef, inside: str) -> None:
        body = self.body(inside + node.name, DefinitionKind.CLASS)
        chains = []
        for base in node.bases:
            inner = base.value if isinstance(base, ast.Subscript) else base
            chain = chain_of(inner)
            self.visit(base, body, self.around)
            if chain:
                chains.append(chain)
            else:
                body.computed_base = True
                self.visit(base, self.module, self.around)
        for keyword in node.keywords:
            if keyword.arg == "metaclass" and last_of(keyword.value) in ("ABCMeta", "type"):
                chains.append(chain_of(keyword.value))
            else:
                body.class_arguments = True
            self.visit(keyword.value, body, self.around)
            self.visit(keyword.value, self.module, self.around)
            if keyword.arg == "metaclass" and (chain := chain_of(keyword.value)):
                self.module.calls[chain] = None
        body.bases = (*body.bases, *chains)
        self.decorate(node.decorator_list, body)
        if inside:
            self.body(inside[:-1], DefinitionKind.CLASS).names[f"{inside}{node.name}"] = None
        outer = self.around
        start = f"{inside}{node.name}."
        self.around = self.inner.setdefault(start, Scope(set(), "", {}))
        self.statements(node.body, start, True)
        self.around = outer

    def decorate(self, decorators: list[ast.expr], body: Body) -> None:
        for node in decorators:
            call = node.func if isinstance(node, ast.Call) else node
            chain = chain_of(call)
            if chain:
                body.decorators[chain] = None
                self.module.calls[chain] = None
            else:
                body.computed_decorator = True
            self.visit(node, body, self.around)
            if last_of(call) == "fixture":
                body.fixture = body.name.rpartition(".")[2]
                for keyword in node.keywords if isinstance(node, ast.Call) else ():
                    if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                        body.fixture = plain(str(keyword.value.value))
                    elif keyword.arg == "autouse":
                        value = keyword.value
                        body.autouse = not (isinstance(value, ast.Constant) and not value.value)
            if ".mark." in f".{chain}.":
                # Arguments of a mark are values; only calls in them run something.
                for argument in arguments_of(node):
                    if not is_pure(argument):
                        self.visit(argument, self.module, self.around)
            else:
                self.visit(node, self.module, self.around)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, inside: str) -> None:
        body = self.body(inside + node.name, DefinitionKind.FUNCTION)
        self.decorate(node.decorator_list, body)
        arguments = node.args
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default, body, self.around)
                if not is_pure(default):
                    self.visit(default, self.module, self.around)
        names = parameters_of(arguments)
        body.parameters = (*body.parameters, *names)
        own = names[0] if inside and names and "staticmethod" not in body.decorators else ""
        self.annotations(node, body)
        scope = self.scope(node, Scope(set(), own, {}), body)
        scope.local.discard(own)
        # Calling a coroutine function or a generator runs nothing of it yet.
        body.is_coroutine = isinstance(node, ast.AsyncFunctionDef)
        body.deferred += body.is_coroutine
        for statement in node.body:
            self.visit(statement, body, scope)
        body.deferred = 0

    def doctests(self, text: str) -> None:
        """Read the examples of one docstring: they run like a function of their own."""
        statements: list[ast.stmt] = []
        for example in examples(text):
            try:
                statements += ast.parse(example).body
            except (SyntaxError, ValueError):
                # Some show an error on purpose; whatever else it is, what it names counts.
                words = dict.fromkeys(IDENTIFIER.findall(example))
                body = self.body(DOCTESTS, DefinitionKind.FUNCTION)
                body.names.update(words)
                body.attributes.update(words)
        if statements:
            [function] = ast.parse("def _(): ...").body
            assert isinstance(function, ast.FunctionDef)
            function.name, function.body = DOCTESTS, statements
            self.function(function, "")
