"""Reads expressions, and the statements in functions: what they mention and call."""

from __future__ import annotations

import ast
import re

from .body import Body
from .operators import (
    ITERATING,
    ITERATING_CALLS,
    ITERATION,
    MANAGING,
    OPERATING,
    OPERATING_CALLS,
    STORING_CALLS,
    may_ask_equality,
    methods_behind,
)
from .scope import TOP, Scope, bindings_of, is_own
from .summary import DOTTED, DefinitionKind, Import, ImportedName, StarImport, local_alias
from .syntax import (
    chain_of,
    hands_on,
    last_of,
    module_argument,
    parameters_of,
    parts_of,
    plain,
    prefix_of,
    unpacks,
)

IDENTIFIER = re.compile(r"[A-Za-z_]\w{0,80}")
_CALL = re.compile(r"[A-Za-z_][\w.:]*\(.*\)")
_TEMPLATE = re.compile(r"\{[{%].*?[%}]\}|\$?\{[^{}\s]*\}", re.DOTALL)
_METHODS = re.compile(r"\.([A-Za-z_]\w{0,80})\(")
_ASKED = re.compile(r"(?<=\.)[A-Za-z_]\w{0,80}")
_LONGEST = 300  # characters of a string constant that may still be a name or a path
_LONGEST_TEMPLATE = 5000  # characters of one that may be a template
_IMPORTERS = {
    "import_module",
    "__import__",
    "importorskip",
    "run_module",
    "resolve_name",
    "import_string",
}
_FINDERS = {"find_spec", "find_loader"}
_STARTERS = {"run", "call", "check_call", "check_output", "Popen", "popen", "system", "getoutput", "getstatusoutput",
             "create_subprocess_exec", "create_subprocess_shell", "which", "spawn", "split", "execute",
             "run_command", "invoke"}  # fmt: skip
_WALKERS = {"iter_modules", "walk_packages", "spec_from_file_location", "run_path"}
_NAMED_ACCESS = {"getattr", "setattr", "hasattr", "delattr", "attrgetter", "methodcaller", "object"}
_ALL_ACCESS = {"vars", "dir", "getmembers", "getmembers_static", "eval", "exec"}

_CHECKING = {"isinstance", "issubclass"}


class Expressions:
    """Notes what expressions mention in the bodies of the symbols that they belong to."""

    def __init__(self, *, walrus: bool) -> None:
        self.walrus = walrus  # whether some expression may bind a name
        self.imports: dict[Import, int] = {}
        self.aliases: dict[str, dict[ImportedName, None]] = {}
        self.stars: dict[StarImport, None] = {}
        self.bodies: dict[str, Body] = {}
        # Names that are local where a statement stands: none, or those of the class around.
        self.around = TOP
        self.inner: dict[str, Scope] = {}
        self.module = self.body("", DefinitionKind.MODULE)

    def body(self, name: str, kind: DefinitionKind) -> Body:
        found = self.bodies.get(name)
        if found is None:
            found = self.bodies[name] = Body(name, kind)
            inside, dot, last = name.rpartition(".")
            if inside + dot in self.inner:
                self.inner[inside + dot].aliases[last] = name
        elif found.kind is DefinitionKind.BINDING:
            found.kind = kind
        return found

    def do_import(
        self, node: ast.Import | ast.ImportFrom, body: Body | None, runs: bool
    ) -> dict[str, str]:
        """Note an import; in a function (`body`) under keys of their own, which it returns."""
        local: dict[str, str] = {}

        def alias(name: str, what: ImportedName) -> None:
            key = name
            if body is not None:
                key = local_alias(name, body.name)
                local[name] = key
            self.aliases.setdefault(key, {})[what] = None

        made: list[Import] = []
        if isinstance(node, ast.Import):
            for item in node.names:
                made.append(Import(item.name, 0, (), runs))
                if item.asname:
                    alias(item.asname, ImportedName(0, item.name))
                else:
                    alias(item.name.partition(".")[0], ImportedName(0, item.name.partition(".")[0]))
        else:
            names = tuple(item.name for item in node.names)
            made.append(Import(node.module or "", node.level, names, runs))
            for item in node.names:
                if item.name == "*":
                    self.stars[StarImport(node.level, node.module or "")] = None
                else:
                    alias(
                        item.asname or item.name,
                        ImportedName(node.level, node.module or "", item.name),
                    )
        for one in made:
            if body is not None and runs:
                # It does not run with the module, but with the body.
                later = Import(one.module, one.level, one.names, False)
                body.local_imports[self.imports.setdefault(later, len(self.imports))] = None
            else:
                self.imports.setdefault(one, len(self.imports))
        return local

    def annotations(self, node: ast.FunctionDef | ast.AsyncFunctionDef, body: Body) -> None:
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [a for a in (arguments.vararg, arguments.kwarg) if a]
        named = Body("", DefinitionKind.BINDING)
        for annotation in [a.annotation for a in every] + [node.returns]:
            if annotation is not None:
                self.visit(annotation, named, self.around)
        body.annotations.update(named.names)
        for text in (*named.identifiers, *named.dotted):
            body.annotations[text] = None

    def scope(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, outer: Scope, body: Body
    ) -> Scope:
        """The scope inside a function: parameters and what its body binds are local."""
        names = set(parameters_of(node.args))
        own = outer.own if outer.own not in names or not outer.local else ""
        bound: set[str] = set()
        outside: set[str] = set()
        if not isinstance(node, ast.Lambda):
            bindings_of(node.body, bound, outside, expressions=self.walrus)
        local = (outer.local | names | bound) - outside
        if own in bound:
            own = ""
        aliases = {k: v for k, v in outer.aliases.items() if k not in names}
        return Scope(local, own, aliases)

    def visit(self, node: ast.AST, body: Body, scope: Scope) -> None:
        kind = type(node)
        if kind is ast.Name:
            self.name(node.id, "", body, scope)  # type: ignore[attr-defined]
        elif kind is ast.Attribute:
            self.attribute(node, body, scope)  # type: ignore[arg-type]
        elif kind is ast.Constant:
            self.constant(node.value, body)  # type: ignore[attr-defined]
        elif kind is ast.Call:
            self.call(node, body, scope)  # type: ignore[arg-type]
        elif kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
            self.nested(node, body, scope)  # type: ignore[arg-type]
        elif kind is ast.Lambda:
            inner = self.scope(node, scope, body)  # type: ignore[arg-type]
            for default in (*node.args.defaults, *node.args.kw_defaults):  # type: ignore[attr-defined]
                if default is not None:
                    self.visit(default, body, scope)
            body.deferred += 1
            self.visit(node.body, body, inner)  # type: ignore[attr-defined]
            body.deferred -= 1
        elif kind is ast.Import or kind is ast.ImportFrom:
            scope.aliases.update(self.do_import(node, body, True))  # type: ignore[arg-type]
        elif kind is ast.Global:
            body.stores = True
        elif kind is ast.ClassDef:
            self.nested_class(node, body, scope)  # type: ignore[arg-type]
        elif kind is ast.Expr and isinstance(node.value, ast.Constant):  # type: ignore[attr-defined]
            return
        elif kind is ast.List or kind is ast.Tuple:
            self.sequence(node, body, scope)  # type: ignore[arg-type]
        elif kind is ast.AnnAssign:
            for part in (node.target, node.value):  # type: ignore[attr-defined]
                if part is not None:
                    self.visit(part, body, scope)
            # Inside a function an annotation is never evaluated.
        else:
            if kind in OPERATING:
                self.operators(node, kind, body, scope)
            if kind is ast.ExceptHandler and node.type is not None:  # type: ignore[attr-defined]
                self.checked(node.type, body, scope)  # type: ignore[attr-defined]
                for statement in node.body:  # type: ignore[attr-defined]
                    self.visit(statement, body, scope)
                return
            for part in parts_of(node):
                self.visit(part, body, scope)

    def operators(self, node: ast.AST, kind: type[ast.AST], body: Body, scope: Scope) -> None:
        """Note the methods behind an operator or statement as attributes."""
        if not body.deferred:
            if kind is ast.Compare and may_ask_equality(node, lambda n: self.foreign(n, scope)):  # type: ignore[arg-type]
                body.direct_attributes["__eq__"] = None
            if kind in ITERATING or unpacks(node):
                body.direct_attributes.update(dict.fromkeys(ITERATION))
        body.use(methods_behind(node, kind))
        if kind is ast.Subscript and isinstance(node.ctx, ast.Store):  # type: ignore[attr-defined]
            body.stores = True

    def foreign(self, node: ast.expr, scope: Scope) -> bool:
        """Whether an expression is something out of a module of the standard library."""
        root, dot, _ = chain_of(node).partition(".")
        known = root not in scope.local and root not in self.bodies
        origins = self.aliases.get(root, ()) if known else ()
        return bool(origins) and all(
            origin.of_standard_library and (dot or origin.name) for origin in origins
        )

    def checked(self, node: ast.expr, body: Body, scope: Scope) -> None:
        """Note classes that a value is only compared with: that makes no instance of them."""
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        for part in parts:
            root, dot, rest = chain_of(part).partition(".")
            if not root or root in scope.local or root in scope.aliases:
                self.visit(part, body, scope)
            else:
                body.compared[root + dot + rest] = None

    def name(self, name: str, rest: str, body: Body, scope: Scope) -> None:
        key = scope.aliases.get(name)
        if key is not None and "." in key:
            # Of the class around, where it may not be bound yet. With the class it is only
            # passed on: what is called there and then is noted by `call`.
            if body is not self.module:
                body.names[f"{key}{rest}"] = None
            body.names[f"{name}{rest}"] = None
        elif key is not None:
            body.names[f"{key}{rest}"] = None
        elif name not in scope.local:
            body.names[f"{name}{rest}"] = None
            if name in {"globals", "__builtins__"}:
                body.uses_globals = True

    def attribute(self, node: ast.Attribute, body: Body, scope: Scope) -> None:
        chain = [node.attr]
        inner: ast.expr = node.value
        while isinstance(inner, ast.Attribute):
            chain.append(inner.attr)
            inner = inner.value
        chain.reverse()
        if not isinstance(node.ctx, ast.Load) and not (
            isinstance(inner, ast.Name) and inner.id == scope.own and len(chain) == 1
        ):
            if isinstance(node.ctx, ast.Store):
                body.stores = True
            else:
                body.use(("__delattr__",))
            body.assigned[node.attr] = None
        if not body.deferred:
            self.touch(inner, chain, body, scope)
        if isinstance(inner, ast.Name):
            name = inner.id
            if name == scope.own and name:
                body.attributes_on_self[chain[0]] = None
                body.attributes.update(dict.fromkeys(chain[1:]))
            elif name in scope.local and name not in scope.aliases:
                body.attributes.update(dict.fromkeys(chain))
            else:
                self.name(name, "." + ".".join(chain), body, scope)
                if name in scope.local:
                    body.attributes.update(dict.fromkeys(chain))
            return
        if isinstance(inner, ast.Constant) and chain[0] not in ("format", "format_map"):
            self.constant(inner.value, body)
            return
        if is_own(inner, scope):  # super()
            body.attributes_on_self[chain[0]] = None
            body.attributes.update(dict.fromkeys(chain[1:]))
            return
        body.attributes.update(dict.fromkeys(chain))
        self.visit(inner, body, scope)

    def touch(self, inner: ast.expr, chain: list[str], body: Body, scope: Scope) -> None:
        """Note attributes that are used now, with the name that leads to them if an import binds it.

        Where that leads out of the project, they are no methods of its objects.
        """
        if is_own(inner, scope):
            body.direct_on_self[chain[0]] = None
            body.direct_attributes.update(dict.fromkeys(chain[1:]))
            return
        name = inner.id if isinstance(inner, ast.Name) else ""
        key = scope.aliases.get(name, "" if name in scope.local else name)
        origins = self.aliases.get(key, ())
        if not origins or key in self.bodies or any(origin.level for origin in origins):
            body.direct_attributes.update(dict.fromkeys(chain))
        elif not all(origin.of_standard_library for origin in origins):
            body.direct_imported[f"{key}.{'.'.join(chain)}"] = None

    def constant(self, value: object, body: Body) -> None:
        if not isinstance(value, str) or not value or len(value) > _LONGEST_TEMPLATE:
            return
        value = plain(value)
        body.attributes.update(
            dict.fromkeys(_METHODS.findall(value))
        )  # code that is made as a text
        if "{" in value:  # `{{ user.name() }}`, `{0.name}`: who fills it in asks for these
            for part in _TEMPLATE.findall(value):
                body.attributes.update(dict.fromkeys(_ASKED.findall(part)))
        if len(value) > _LONGEST:
            return
        if IDENTIFIER.fullmatch(value):
            body.identifiers[value] = None
        elif DOTTED.fullmatch(value):
            body.dotted[value] = None
        else:
            body.texts[value] = None
            if value[-1] == " ":  # `"command " + arguments`
                command = value[:-1].rpartition("/")[2]
                if command and " " not in command:
                    body.commands[command] = None
            if _CALL.fullmatch(value):  # `app:make(1)`
                body.identifiers.update(dict.fromkeys(IDENTIFIER.findall(value.partition("(")[0])))
            if "," in value or " " in value:  # "a, b" of parametrize, "x y" of namedtuple
                for word in re.split(r"[,\s]+", value):
                    if IDENTIFIER.fullmatch(word):
                        body.identifiers[word] = None

    def call(self, node: ast.Call, body: Body, scope: Scope) -> None:
        last = last_of(node.func)
        if last in _NAMED_ACCESS:
            self.named_access(node, last, body, scope)
        elif last in _ALL_ACCESS and isinstance(node.func, (ast.Name, ast.Attribute)):
            self.all_access(node, last, body, scope)
        elif last in _IMPORTERS:
            body.dynamic_imports[module_argument(node)] = None
        elif last in _FINDERS:
            body.spec_lookups[module_argument(node)] = None
        elif last in _WALKERS:
            body.dynamic_imports["*"] = None
        if last in ("patch", "multiple", "setattr", "delattr"):
            self.replaces(node, body)
        if last in _STARTERS and node.args:
            self.started(node.args[0], body)
        if last in ITERATING_CALLS and not body.deferred:
            body.direct_attributes.update(dict.fromkeys(ITERATION))
        if last in OPERATING_CALLS:
            body.use(OPERATING_CALLS[last])
            body.stores |= last in STORING_CALLS
        elif "context" in last or last.startswith(("enter", "push")):
            body.use(MANAGING)
        if last in _CHECKING and isinstance(node.func, ast.Name) and len(node.args) == 2:
            self.visit(node.func, body, scope)
            self.visit(node.args[0], body, scope)
            self.checked(node.args[1], body, scope)
            return
        chain = chain_of(node.func)
        root, dot, rest = chain.partition(".")
        if root and (root in scope.aliases or root not in scope.local):
            if hands_on(node, scope.local):
                body.passed_to[scope.aliases.get(root, root) + dot + rest] = None
        if not body.deferred and chain:
            if root in scope.aliases:
                body.calls[scope.aliases[root] + dot + rest] = None
                body.names[scope.aliases[root] + dot + rest] = None
            elif root not in scope.local:
                body.calls[chain] = None
        self.visit(node.func, body, scope)
        for argument in node.args:
            self.visit(argument, body, scope)
        for keyword in node.keywords:
            self.visit(keyword.value, body, scope)
            if keyword.arg and keyword.arg.isidentifier():
                body.identifiers[keyword.arg] = None

    def named_access(self, node: ast.Call, last: str, body: Body, scope: Scope) -> None:
        """`getattr(x, name)` and its like: an attribute, or all that fit what is known of it."""
        at = 0 if last in ("attrgetter", "methodcaller") else 1
        if len(node.args) <= at:
            return
        if last in ("setattr", "delattr", "object"):
            body.use(("__delattr__",))
            body.stores = True
            if last == "object":
                self.replaces(node, body)
        target = node.args[0]
        for argument in node.args[at:] if last == "attrgetter" else node.args[at : at + 1]:
            text = prefix_of(argument)
            for part in text.split(".") if "*" not in text else [text]:
                if at and isinstance(target, ast.Name) and target.id == scope.own and target.id:
                    body.attributes_on_self[part] = None
                elif (
                    at
                    and (chain := chain_of(target))
                    and chain.partition(".")[0] not in scope.local
                ):
                    # What cannot be resolved of the chain counts as an attribute later.
                    self.name(*_split(chain, part), body, scope)
                elif part != "*" or last not in ("setattr", "delattr"):
                    body.attributes[part] = None

    def replaces(self, node: ast.Call, body: Body) -> None:
        """Note names that something else is put in the place of: `setattr(m, "A", x)`, `patch("m.A")`."""
        for argument in node.args[:2]:
            name = prefix_of(argument).rpartition(".")[2]
            if name.isidentifier():
                body.assigned[name] = None
        for keyword in node.keywords if last_of(node.func) == "multiple" else ():
            if keyword.arg:
                body.assigned[keyword.arg] = None

    def all_access(self, node: ast.Call, last: str, body: Body, scope: Scope) -> None:
        """`vars(x)`, `dir(x)`: all attributes; `eval`: all globals."""
        if last in ("eval", "exec"):
            body.uses_globals |= isinstance(node.func, ast.Name)
        elif node.args:
            target = node.args[0]
            chain = chain_of(target)
            if isinstance(target, ast.Name) and target.id == scope.own and scope.own:
                body.attributes_on_self["*"] = None
            elif chain and chain.partition(".")[0] not in scope.local:
                self.name(*_split(chain, "*"), body, scope)
            else:
                body.attributes["*"] = None

    def started(self, node: ast.expr, body: Body) -> None:
        """Note the first word of a command line."""
        words = prefix_of(node).split()
        if words and words[0] != "*":
            body.commands[words[0]] = None

    def sequence(self, node: ast.List | ast.Tuple, body: Body, scope: Scope) -> None:
        if len(node.elts) > 0 and isinstance(node.elts[0], ast.Constant):
            self.started(node.elts[0], body)
        before: ast.expr | None = None
        for item in node.elts:
            if isinstance(before, ast.Constant) and before.value == "-m":
                body.dynamic_imports[prefix_of(item)] = None
            self.visit(item, body, scope)
            before = item

    def nested(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, body: Body, scope: Scope
    ) -> None:
        for part in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults):
            if part is not None:
                self.visit(part, body, scope)
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            if argument.annotation is not None and node.decorator_list:
                self.visit(argument.annotation, body, scope)
        self.annotations(node, body)
        inner = self.scope(node, scope, body)
        body.deferred += 1
        for statement in node.body:
            self.visit(statement, body, inner)
        body.deferred -= 1

    def nested_class(self, node: ast.ClassDef, body: Body, scope: Scope) -> None:
        for part in (*node.decorator_list, *node.bases, *(k.value for k in node.keywords)):
            self.visit(part, body, scope)
        for statement in node.body:
            if isinstance(statement, ast.AnnAssign):
                self.visit(statement.annotation, body, scope)
            self.visit(statement, body, scope)


def _split(chain: str, attribute: str) -> tuple[str, str]:
    """The root of `chain.attribute` and the rest with its dot."""
    root, dot, rest = chain.partition(".")
    return root, f"{dot}{rest}.{attribute}"
