"""What gardener needs to know of one Python file: a pure function of its bytes."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from msgspec import Struct

from .doctests import DOCTESTS, docstrings, examples

VERSION = 8
"""Raised whenever a summary of the same bytes would come out different."""

DOTTED = re.compile(r"[A-Za-z_]\w*(?:[.:][A-Za-z_]\w*)+")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w{0,80}")
_CALL = re.compile(r"[A-Za-z_][\w.:]*\(.*\)")
_TEMPLATE = re.compile(r"\{[{%].*?[%}]\}|\$?\{[^{}\s]*\}", re.DOTALL)
_METHODS = re.compile(r"\.([A-Za-z_]\w{0,80})\(")
_ASKED = re.compile(r"(?<=\.)[A-Za-z_]\w{0,80}")
_FROM = re.compile(
    r"^[^\S\n]*from\s+(\.*)([\w.]*)\s+import\s+(?:\(([^)]*)\)|([^#\n]*))", re.MULTILINE
)
_IMPORT = re.compile(r"^[^\S\n]*import\s+([\w., ]+)", re.MULTILINE)
_LONGEST = 300  # characters of a string constant that may still be a name or a path
_MOST_TEXT = 200_000  # characters of a file that is no Python
_LONGEST_TEMPLATE = 5000  # characters of one that may be a template
_IMPORTERS = {
    "import_module",
    "__import__",
    "importorskip",
    "run_module",
    "find_spec",
    "resolve_name",
    "import_string",
    "find_loader",
}
_STARTERS = {"run", "call", "check_call", "check_output", "Popen", "popen", "system", "getoutput", "getstatusoutput",
             "create_subprocess_exec", "create_subprocess_shell", "which", "spawn", "split", "execute",
             "run_command", "invoke"}  # fmt: skip
_WALKERS = {"iter_modules", "walk_packages", "spec_from_file_location", "run_path"}
_NAMED_ACCESS = {"getattr", "setattr", "hasattr", "delattr", "attrgetter", "methodcaller", "object"}
_ALL_ACCESS = {"vars", "dir", "getmembers", "getmembers_static", "eval", "exec"}

_CHECKING = {"isinstance", "issubclass"}
_OPERATORS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.With: ("__enter__", "__exit__"),
    ast.AsyncWith: ("__aenter__", "__aexit__"),
    ast.AsyncFor: ("__aiter__", "__anext__"),
    ast.Await: ("__await__",),
    ast.YieldFrom: ("__await__",),
    ast.UnaryOp: ("__neg__", "__pos__", "__invert__"),
}
_OPERATING = {*_OPERATORS, ast.BinOp, ast.AugAssign, ast.Compare, ast.Subscript, ast.comprehension}
_ARITHMETIC: dict[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv",
    ast.Mod: "mod", ast.Pow: "pow", ast.MatMult: "matmul", ast.LShift: "lshift",
    ast.RShift: "rshift", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
}  # fmt: skip
_ITERATING = {ast.For, ast.comprehension, ast.Starred, ast.YieldFrom}
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_EQUAL = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
_ORDERING = ("__lt__", "__le__", "__gt__", "__ge__")
OPERATORS = frozenset(
    (
        *(name for names in _OPERATORS.values() for name in names),
        *(f"__{mark}{name}__" for name in _ARITHMETIC.values() for mark in ("", "r", "i")),
        *_ORDERING,
        "__setitem__",
        "__delitem__",
        "__delattr__",
    )
)
"""Methods that run only through an operator or a statement, which counts as their name."""
_ITERATION = ("__iter__", "__next__")
NAMED_LATER = frozenset((*_ITERATION, "__eq__"))
"""Methods whose uses are noted only in `touches`: what runs at import is told apart by them."""
_ITERATE = frozenset(("list", "tuple", "set", "frozenset", "sorted", "dict", "enumerate", "zip", "map", "filter",
                      "any", "all", "sum", "min", "max", "iter", "next", "join", "extend", "update", "chain",
                      "deque", "Counter", "reversed", "starmap", "product"))  # fmt: skip
_ITEMS = ("__setitem__", "__delitem__", "=")
_OPERATE: dict[str, tuple[str, ...]] = {
    # Calls that use operators on what they are given.
    **dict.fromkeys(("sorted", "sort", "min", "max", "heappush", "heappop", "heapify", "merge",
                     "nlargest", "nsmallest", "bisect", "insort", "bisect_left", "bisect_right"), _ORDERING),
    **dict.fromkeys(("sum", "accumulate", "reduce"), tuple(
        sorted(n for n in OPERATORS if n[2:-2].lstrip("ri") in _ARITHMETIC.values() or n[2:-2] in _ARITHMETIC.values()))),
    **dict.fromkeys(("setitem", "delitem", "pop", "popitem", "clear", "update", "setdefault", "dict"), _ITEMS),
    **dict.fromkeys(("run", "gather", "wait", "wait_for", "create_task", "ensure_future", "shield",
                     "start_soon", "start", "run_until_complete", "as_completed", "to_thread"), ("__await__",)),
    **dict.fromkeys(("anext", "aiter"), _OPERATORS[ast.AsyncFor]),
    "closing": ("close",),
    "aclosing": ("aclose",),
}  # fmt: skip

# What a decorator or a call of these does not do: call what it is given, or keep it.
_HARMLESS = sys.stdlib_module_names - {"atexit", "signal", "threading", "asyncio", "importlib"}


class Import(Struct, frozen=True, array_like=True, gc=False):
    """One import; `names` is empty for `import module`, and `level` counts leading dots.

    `runs` is false under `if TYPE_CHECKING`.
    """

    module: str
    level: int
    names: tuple[str, ...] = ()
    runs: bool = True


class Outline(Struct, frozen=True, array_like=True, gc=False):
    """A function, class or other name that could be a test, with the names of its own markers."""

    name: str
    is_class: bool = False
    markers: tuple[str, ...] = ()
    has_bases: bool = False


class Symbol(Struct, array_like=True, gc=False):
    """A top-level name, a method, or (`name` empty) what runs when the module is imported.

    `names` are chains rooted at a global name (`a.b.c`), `attrs` attributes of values
    of unknown type, `own` attributes of `self`, `checks` chains that a value is only
    compared with (`isinstance`, `except`), `words` string constants that are
    identifiers, `dotted` those that are dotted names, `texts` the other ones. `runs`
    are indexes of the imports that its body executes. An attribute with a `*` stands
    for all that fit it; `=` says that something is stored in an attribute or an item of
    a value. Operators count as attributes too, by the name of their method. `calls` are the chains that are called, and `touches` the
    attributes that are used, whenever the body itself runs: not in functions inside it; those of
    what an import brings are chains, those of `self` begin with a dot.
    `passes` are the chains that are called with a local name somewhere among the arguments.
    """

    name: str
    kind: str  # module, function, class, binding
    names: tuple[str, ...] = ()
    attrs: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    dotted: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    runs: tuple[int, ...] = ()
    params: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    annotations: tuple[str, ...] = ()
    fixture: str = ""
    autouse: bool = False
    globals: bool = False
    coroutine: bool = False
    calls: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()


class Summary(Struct, array_like=True, gc=False):
    """One file: its imports, symbols, and outline.

    `aliases` map a name to what it imports: (level, module, name or empty). `stars` are
    the modules of star imports. `broken` says why the file does not parse; its only
    symbol then mentions every identifier in it.
    """

    imports: tuple[Import, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    aliases: dict[str, tuple[tuple[int, str, str], ...]] = {}
    stars: tuple[tuple[int, str], ...] = ()
    outline: tuple[Outline, ...] = ()
    markers: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    dynamic: str = ""
    broken: str = ""

    @property
    def texts(self) -> Iterator[str]:
        """All string constants that could name something."""
        for symbol in self.symbols:
            yield from symbol.words
            yield from symbol.dotted
            yield from symbol.texts

    @property
    def modules(self) -> Iterator[str]:
        """What `import_module` and its like are asked for."""
        for symbol in self.symbols:
            yield from symbol.modules


def summarize(source: bytes) -> Summary:
    """Read one file; never raises for what is in it."""
    try:
        tree = ast.parse(source)
        docs = [text for _, text in docstrings(tree.body)] if DOCTESTS.encode() in source else []
        return _File(tree, docs, walrus=bool(docs) or b":=" in source).summary()
    except (SyntaxError, ValueError, RecursionError, MemoryError) as wrong:
        line = getattr(wrong, "lineno", None)
        where = f" (line {line})" if line else ""
        return _broken(source, f"does not parse: {getattr(wrong, 'msg', wrong)}{where}")


def summarize_text(source: bytes) -> Summary:
    """Read the doctests of a file that is no Python."""
    text = source.decode("utf-8", "replace")[:_MOST_TEXT]
    read = _File(ast.Module([], []), [text], walrus=True)
    # A conftest may look for what the file names.
    read.module.words.update(dict.fromkeys(_IDENTIFIER.findall(text)))
    read.module.dotted.update(dict.fromkeys(DOTTED.findall(text)))
    return read.summary()


def _broken(source: bytes, why: str) -> Summary:
    """Of a file that does not parse: every identifier, and the lines that look like imports."""
    text = source.decode("utf-8", "replace")
    found = tuple(dict.fromkeys(_IDENTIFIER.findall(text)))
    imports = []
    aliases: dict[str, dict[tuple[int, str, str], None]] = {}
    for line in _FROM.finditer(text):
        level, module = len(line[1]), line[2]
        items = [item.split() for item in (line[3] or line[4] or "").split(",")]
        named = [words for words in items if words and words[0].isidentifier()]
        imports.append(Import(module, level, tuple(words[0] for words in named)))
        for words in named:
            aliases.setdefault(words[-1], {})[(level, module, words[0])] = None
    for line in _IMPORT.finditer(text):
        for words in (item.split() for item in line[1].split(",")):
            if words:
                module = words[0] if len(words) > 1 else words[0].partition(".")[0]
                imports.append(Import(words[0], 0))
                aliases.setdefault(words[-1].partition(".")[0], {})[(0, module, "")] = None
    module_body = Symbol("", "module", names=found, attrs=found, words=found)
    return Summary(
        imports=tuple(imports),
        symbols=(module_body,),
        aliases={name: tuple(origins) for name, origins in aliases.items()},
        dynamic=why,
        broken=why,
    )


class _Body:
    """What the code of one symbol mentions, while it is read."""

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self.kind = kind
        self.names: dict[str, None] = {}
        self.attrs: dict[str, None] = {}
        self.own: dict[str, None] = {}
        self.checks: dict[str, None] = {}
        self.words: dict[str, None] = {}
        self.dotted: dict[str, None] = {}
        self.texts: dict[str, None] = {}
        self.modules: dict[str, None] = {}
        self.runs: dict[int, None] = {}
        self.params: tuple[str, ...] = ()
        self.bases: tuple[str, ...] = ()
        self.decorators: dict[str, None] = {}
        self.annotations: dict[str, None] = {}
        self.fixture = ""
        self.autouse = False
        self.globals = False
        self.coroutine = False
        self.calls: dict[str, None] = {}
        self.touches: dict[str, None] = {}
        self.passes: dict[str, None] = {}
        self.later = 0  # how many function bodies around do not run now

    def symbol(self) -> Symbol:
        return Symbol(
            self.name,
            self.kind,
            tuple(self.names),
            tuple(self.attrs),
            tuple(self.own),
            tuple(self.checks),
            tuple(self.words),
            tuple(self.dotted),
            tuple(self.texts),
            tuple(self.modules),
            tuple(self.runs),
            self.params,
            self.bases,
            tuple(self.decorators),
            tuple(self.annotations),
            self.fixture,
            self.autouse,
            self.globals,
            self.coroutine,
            tuple(self.calls),
            tuple(self.touches),
            tuple(self.passes),
        )


class _Scope:
    """Names that are local where an expression stands, and what is known of them."""

    __slots__ = ("aliases", "local", "own", "types")

    def __init__(self, local: set[str], own: str, aliases: dict[str, str], types: dict[str, str]):
        self.local = local
        self.own = own
        self.aliases = aliases
        self.types = types


_TOP = _Scope(set(), "", {}, {})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = (ast.If, ast.Try, ast.With, ast.For, ast.While, ast.AsyncFor, ast.AsyncWith)
_NEW_BLOCKS = tuple(getattr(ast, n) for n in ("TryStar", "Match") if hasattr(ast, n))


class _File:
    def __init__(self, tree: ast.Module, docs: list[str], *, walrus: bool) -> None:
        self.tree = tree
        self.walrus = walrus  # whether some expression may bind a name
        self.docs = docs
        self.imports: dict[Import, int] = {}
        self.aliases: dict[str, dict[tuple[int, str, str], None]] = {}
        self.stars: dict[tuple[int, str], None] = {}
        self.bodies: dict[str, _Body] = {}
        # Names that are local where a statement stands: none, or those of the class around.
        self.around = _TOP
        self.inner: dict[str, _Scope] = {}
        self.module = self.body("", "module")
        self.dynamic = ""

    def body(self, name: str, kind: str) -> _Body:
        found = self.bodies.get(name)
        if found is None:
            found = self.bodies[name] = _Body(name, kind)
            inside, dot, last = name.rpartition(".")
            if inside + dot in self.inner:
                self.inner[inside + dot].aliases[last] = name
        elif found.kind == "binding":
            found.kind = kind
        return found

    def summary(self) -> Summary:
        self.statements(self.tree.body, "", True)
        for text in self.docs:
            self.doctests(text)
        return Summary(
            imports=tuple(self.imports),
            symbols=tuple(b.symbol() for b in self.bodies.values()),
            aliases={k: tuple(v) for k, v in self.aliases.items()},
            stars=tuple(self.stars),
            outline=tuple(_outline(self.tree.body, "")),
            markers=tuple(_assigned_markers(self.tree.body)),
            plugins=tuple(_plugins(self.tree.body)),
            dynamic=self.dynamic,
        )

    # --- statements of a module or class body ----------------------------------------

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
            elif kind in _BLOCKS or kind in _NEW_BLOCKS:
                self.block(node, inside, runs)
            elif kind is ast.Expr and isinstance(node.value, ast.Constant):  # type: ignore[attr-defined]
                continue  # a docstring
            elif kind is ast.Expr and isinstance(node.value, ast.Call):  # type: ignore[attr-defined]
                self.visit(node, self.module, self.around)
            elif kind.__name__ == "TypeAlias":
                name = inside + node.name.id  # type: ignore[attr-defined]
                self.visit(node.value, self.body(name, "binding"), self.around)  # type: ignore[attr-defined]
            elif kind is not ast.Pass:
                self.visit(node, self.module, self.around)

    def block(self, node: ast.stmt, inside: str, runs: bool) -> None:
        if isinstance(node, ast.If) and _last(node.test) == "TYPE_CHECKING":
            self.statements(node.body, inside, False)
            self.statements(node.orelse, inside, runs)
            return
        if isinstance(node, ast.If) and _is_main(node.test):
            self.module.later += 1  # not when it is imported
            self.statements(node.body, inside, runs)
            self.module.later -= 1
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
                        for name in _bound_by(item):
                            self.visit(item, self.body(inside + name, "binding"), self.around)
            elif isinstance(part, ast.AST):
                self.visit(part, self.module, self.around)
        if isinstance(node, (ast.For, ast.AsyncFor)):
            self.module.touches.update(dict.fromkeys(_ITERATION))
            for name in _bound_by(node.target):
                self.visit(node.iter, self.body(inside + name, "binding"), self.around)

    def assignment(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, inside: str) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        value = node.value
        names = [n for target in targets for n in _bound_by(target)]
        for name in names:
            body = self.body(inside + name, "binding")
            if value is not None:
                self.visit(value, body, self.around)
            if isinstance(node, ast.AnnAssign) and inside:
                self.visit(node.annotation, body, self.around)
        if _unpacks(node):
            self.module.touches.update(dict.fromkeys(_ITERATION))
        plain = all(isinstance(t, (ast.Name, ast.Tuple, ast.List)) for t in targets)
        if not plain:
            for target in targets:
                self.visit(target, self.module, self.around)
        if value is not None and (not plain or not _pure(value)):
            self.visit(value, self.module, self.around)
        elif value is not None:
            # Settings: a framework may read the name that no code mentions.
            for name in names:
                self.module.dotted.update(self.bodies[inside + name].dotted)

    def do_import(
        self, node: ast.Import | ast.ImportFrom, body: _Body | None, runs: bool
    ) -> dict[str, str]:
        """Note an import; in a function (`body`) under keys of their own, which it returns."""
        local: dict[str, str] = {}

        def alias(name: str, what: tuple[int, str, str]) -> None:
            key = name
            if body is not None:
                # No dot in it: it becomes the root of chains.
                key = f"{name}@{body.name.replace('.', ':')}"
                local[name] = key
            self.aliases.setdefault(key, {})[what] = None

        made: list[Import] = []
        if isinstance(node, ast.Import):
            for item in node.names:
                made.append(Import(item.name, 0, (), runs))
                if item.asname:
                    alias(item.asname, (0, item.name, ""))
                else:
                    alias(item.name.partition(".")[0], (0, item.name.partition(".")[0], ""))
        else:
            names = tuple(item.name for item in node.names)
            made.append(Import(node.module or "", node.level, names, runs))
            for item in node.names:
                if item.name == "*":
                    self.stars[(node.level, node.module or "")] = None
                else:
                    alias(item.asname or item.name, (node.level, node.module or "", item.name))
        for one in made:
            if body is not None and runs:
                # It does not run with the module, but with the body.
                later = Import(one.module, one.level, one.names, False)
                body.runs[self.imports.setdefault(later, len(self.imports))] = None
            else:
                self.imports.setdefault(one, len(self.imports))
        return local

    # --- definitions -------------------------------------------------------------------

    def klass(self, node: ast.ClassDef, inside: str) -> None:
        body = self.body(inside + node.name, "class")
        chains = []
        for base in node.bases:
            inner = base.value if isinstance(base, ast.Subscript) else base
            chain = _chain(inner)
            chains.append(chain or "?")
            self.visit(base, body, self.around)
            if not chain:
                self.visit(base, self.module, self.around)
        for keyword in node.keywords:
            quiet = keyword.arg == "metaclass" and _last(keyword.value) in ("ABCMeta", "type")
            # No base, but it may do anything with the class.
            chains.append(_chain(keyword.value) if quiet else "?=")
            self.visit(keyword.value, body, self.around)
            self.visit(keyword.value, self.module, self.around)
            if keyword.arg == "metaclass" and (chain := _chain(keyword.value)):
                self.module.calls[chain] = None
        body.bases = (*body.bases, *chains)
        self.decorate(node.decorator_list, body)
        if inside:
            self.body(inside[:-1], "class").names[f"{inside}{node.name}"] = None
        outer = self.around
        start = f"{inside}{node.name}."
        self.around = self.inner.setdefault(start, _Scope(set(), "", {}, {}))
        self.statements(node.body, start, True)
        self.around = outer

    def decorate(self, decorators: list[ast.expr], body: _Body) -> None:
        for node in decorators:
            call = node.func if isinstance(node, ast.Call) else node
            chain = _chain(call) or "?"
            body.decorators[chain] = None
            self.module.calls[chain] = None
            self.visit(node, body, self.around)
            if _last(call) == "fixture":
                body.fixture = body.name.rpartition(".")[2]
                for keyword in node.keywords if isinstance(node, ast.Call) else ():
                    if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                        body.fixture = _plain(str(keyword.value.value))
                    elif keyword.arg == "autouse":
                        value = keyword.value
                        body.autouse = not (isinstance(value, ast.Constant) and not value.value)
            if ".mark." in f".{chain}.":
                # Arguments of a mark are values; only calls in them run something.
                for argument in _arguments(node):
                    if not _pure(argument):
                        self.visit(argument, self.module, self.around)
            else:
                self.visit(node, self.module, self.around)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, inside: str) -> None:
        body = self.body(inside + node.name, "function")
        self.decorate(node.decorator_list, body)
        arguments = node.args
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default, body, self.around)
                if not _pure(default):
                    self.visit(default, self.module, self.around)
        names = _parameters(arguments)
        body.params = (*body.params, *names)
        own = names[0] if inside and names and "staticmethod" not in body.decorators else ""
        self.annotations(node, body)
        scope = self.scope(node, _Scope(set(), own, {}, {}), body)
        scope.local.discard(own)
        # Calling a coroutine function or a generator runs nothing of it yet.
        body.coroutine = isinstance(node, ast.AsyncFunctionDef)
        body.later += body.coroutine
        for statement in node.body:
            self.visit(statement, body, scope)
        body.later = 0

    def annotations(self, node: ast.FunctionDef | ast.AsyncFunctionDef, body: _Body) -> None:
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [a for a in (arguments.vararg, arguments.kwarg) if a]
        named = _Body("", "")
        for annotation in [a.annotation for a in every] + [node.returns]:
            if annotation is not None:
                self.visit(annotation, named, self.around)
        body.annotations.update(named.names)
        for text in (*named.words, *named.dotted):
            body.annotations[text] = None

    def scope(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, outer: _Scope, body: _Body
    ) -> _Scope:
        """The scope inside a function: parameters and what its body binds are local."""
        names = set(_parameters(node.args))
        own = outer.own if outer.own not in names or not outer.local else ""
        bound: set[str] = set()
        outside: set[str] = set()
        types: dict[str, str] = dict(outer.types)
        if not isinstance(node, ast.Lambda):
            _bindings(node.body, bound, outside, expressions=self.walrus)
        local = (outer.local | names | bound) - outside
        for name in names | bound:
            types.pop(name, None)
        if own in bound:
            own = ""
        aliases = {k: v for k, v in outer.aliases.items() if k not in names}
        return _Scope(local, own, aliases, types)

    def doctests(self, text: str) -> None:
        """Read the examples of one docstring: they run like a function of their own."""
        statements: list[ast.stmt] = []
        for example in examples(text):
            try:
                statements += ast.parse(example).body
            except (SyntaxError, ValueError):
                # Some show an error on purpose; whatever else it is, what it names counts.
                words = dict.fromkeys(_IDENTIFIER.findall(example))
                body = self.body(DOCTESTS, "function")
                body.names.update(words)
                body.attrs.update(words)
        if statements:
            [function] = ast.parse("def _(): ...").body
            assert isinstance(function, ast.FunctionDef)
            function.name, function.body = DOCTESTS, statements
            self.function(function, "")

    # --- expressions and statements in functions -----------------------------------------

    def visit(self, node: ast.AST, body: _Body, scope: _Scope) -> None:
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
            body.later += 1
            self.visit(node.body, body, inner)  # type: ignore[attr-defined]
            body.later -= 1
        elif kind is ast.Import or kind is ast.ImportFrom:
            scope.aliases.update(self.do_import(node, body, True))  # type: ignore[arg-type]
        elif kind is ast.Global:
            body.attrs["="] = None
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
            if kind in _OPERATING:
                self.operators(node, kind, body)
            if kind is ast.ExceptHandler and node.type is not None:  # type: ignore[attr-defined]
                self.checked(node.type, body, scope)  # type: ignore[attr-defined]
                for statement in node.body:  # type: ignore[attr-defined]
                    self.visit(statement, body, scope)
                return
            for part in _parts(node):
                self.visit(part, body, scope)

    def operators(self, node: ast.AST, kind: type[ast.AST], body: _Body) -> None:
        """Note the methods behind an operator or statement as attributes."""
        found: tuple[str, ...] = ()
        if kind in _OPERATORS:
            found = _OPERATORS[kind]
        elif kind is ast.BinOp or kind is ast.AugAssign:
            name = _ARITHMETIC.get(type(node.op))  # type: ignore[attr-defined]
            if name:
                found = (f"__{name}__", f"__r{name}__", f"__i{name}__")
        elif kind is ast.Compare:
            if any(isinstance(op, _ORDER) for op in node.ops):  # type: ignore[attr-defined]
                found = _ORDERING
            equal = any(isinstance(op, _EQUAL) for op in node.ops)  # type: ignore[attr-defined]
            sides = (node.left, *node.comparators)  # type: ignore[attr-defined]
            if equal and not body.later and not any(isinstance(x, ast.Constant) for x in sides):
                body.touches["__eq__"] = None
        elif kind is ast.Subscript and not isinstance(node.ctx, ast.Load):  # type: ignore[attr-defined]
            found = ("__setitem__", "=") if isinstance(node.ctx, ast.Store) else ("__delitem__",)  # type: ignore[attr-defined]
        elif kind is ast.comprehension and node.is_async:  # type: ignore[attr-defined]
            found = _OPERATORS[ast.AsyncFor]
        if (kind in _ITERATING or _unpacks(node)) and not body.later:
            body.touches.update(dict.fromkeys(_ITERATION))
        self.operates(found, body)

    def operates(self, names: tuple[str, ...], body: _Body) -> None:
        if not names:
            return
        body.attrs.update(dict.fromkeys(names))
        if not body.later:
            body.touches.update(dict.fromkeys(names))

    def checked(self, node: ast.expr, body: _Body, scope: _Scope) -> None:
        """Note classes that a value is only compared with: that makes no instance of them."""
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        for part in parts:
            root, dot, rest = _chain(part).partition(".")
            if not root or root in scope.local or root in scope.aliases:
                self.visit(part, body, scope)
            else:
                body.checks[root + dot + rest] = None

    def name(self, name: str, rest: str, body: _Body, scope: _Scope) -> None:
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
                body.globals = True

    def attribute(self, node: ast.Attribute, body: _Body, scope: _Scope) -> None:
        chain = [node.attr]
        inner: ast.expr = node.value
        while isinstance(inner, ast.Attribute):
            chain.append(inner.attr)
            inner = inner.value
        chain.reverse()
        if not isinstance(node.ctx, ast.Load) and not (
            isinstance(inner, ast.Name) and inner.id == scope.own and len(chain) == 1
        ):
            self.operates(("=",) if isinstance(node.ctx, ast.Store) else ("__delattr__",), body)
            body.attrs[f"={node.attr}"] = None
        if not body.later:
            self.touch(inner, chain, body, scope)
        if isinstance(inner, ast.Name):
            name = inner.id
            if name == scope.own and name:
                body.own[chain[0]] = None
                body.attrs.update(dict.fromkeys(chain[1:]))
            elif name in scope.local and name not in scope.aliases:
                body.attrs.update(dict.fromkeys(chain))
            else:
                self.name(name, "." + ".".join(chain), body, scope)
                if name in scope.local:
                    body.attrs.update(dict.fromkeys(chain))
            return
        if isinstance(inner, ast.Constant) and chain[0] not in ("format", "format_map"):
            self.constant(inner.value, body)
            return
        if _is_own(inner, scope):  # super()
            body.own[chain[0]] = None
            body.attrs.update(dict.fromkeys(chain[1:]))
            return
        body.attrs.update(dict.fromkeys(chain))
        self.visit(inner, body, scope)

    def touch(self, inner: ast.expr, chain: list[str], body: _Body, scope: _Scope) -> None:
        """Note attributes that are used now, with the name that leads to them if an import binds it.

        Where that leads out of the project, they are no methods of its objects.
        """
        if _is_own(inner, scope):
            body.touches[f".{chain[0]}"] = None
            body.touches.update(dict.fromkeys(chain[1:]))
            return
        name = inner.id if isinstance(inner, ast.Name) else ""
        key = scope.aliases.get(name, "" if name in scope.local else name)
        origins = self.aliases.get(key, ())
        if not origins or key in self.bodies or any(level for level, _, _ in origins):
            body.touches.update(dict.fromkeys(chain))
        elif not all(m.partition(".")[0] in sys.stdlib_module_names for _, m, _ in origins):
            body.touches[f"{key}.{'.'.join(chain)}"] = None

    def constant(self, value: object, body: _Body) -> None:
        if not isinstance(value, str) or not value or len(value) > _LONGEST_TEMPLATE:
            return
        value = _plain(value)
        body.attrs.update(dict.fromkeys(_METHODS.findall(value)))  # code that is made as a text
        if "{" in value:  # `{{ user.name() }}`, `{0.name}`: who fills it in asks for these
            for part in _TEMPLATE.findall(value):
                body.attrs.update(dict.fromkeys(_ASKED.findall(part)))
        if len(value) > _LONGEST:
            return
        if _IDENTIFIER.fullmatch(value):
            body.words[value] = None
        elif DOTTED.fullmatch(value):
            body.dotted[value] = None
        else:
            body.texts[value] = None
            if _CALL.fullmatch(value):  # `app:make(1)`
                body.words.update(dict.fromkeys(_IDENTIFIER.findall(value.partition("(")[0])))
            if "," in value or " " in value:  # "a, b" of parametrize, "x y" of namedtuple
                for word in re.split(r"[,\s]+", value):
                    if _IDENTIFIER.fullmatch(word):
                        body.words[word] = None

    def call(self, node: ast.Call, body: _Body, scope: _Scope) -> None:
        last = _last(node.func)
        if last in _NAMED_ACCESS:
            self.named_access(node, last, body, scope)
        elif last in _ALL_ACCESS and isinstance(node.func, (ast.Name, ast.Attribute)):
            self.all_access(node, last, body, scope)
        elif last in _IMPORTERS:
            body.modules[_module_argument(node)] = None
        elif last in _WALKERS:
            body.modules["*"] = None
        if last in ("patch", "multiple", "setattr", "delattr"):
            self.replaces(node, body)
        if last in _STARTERS and node.args:
            self.started(node.args[0], body)
        if last in _ITERATE and not body.later:
            body.touches.update(dict.fromkeys(_ITERATION))
        if last in _OPERATE:
            self.operates(_OPERATE[last], body)
        elif "context" in last or last.startswith(("enter", "push")):
            self.operates((*_OPERATORS[ast.With], *_OPERATORS[ast.AsyncWith]), body)
        if last in _CHECKING and isinstance(node.func, ast.Name) and len(node.args) == 2:
            self.visit(node.func, body, scope)
            self.visit(node.args[0], body, scope)
            self.checked(node.args[1], body, scope)
            return
        chain = _chain(node.func)
        root, dot, rest = chain.partition(".")
        if root and (root in scope.aliases or root not in scope.local):
            if _hands_on(node, scope.local):
                body.passes[scope.aliases.get(root, root) + dot + rest] = None
        if not body.later and chain:
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
                body.words[keyword.arg] = None

    def named_access(self, node: ast.Call, last: str, body: _Body, scope: _Scope) -> None:
        """`getattr(x, name)` and its like: an attribute, or all that fit what is known of it."""
        at = 0 if last in ("attrgetter", "methodcaller") else 1
        if len(node.args) <= at:
            return
        if last in ("setattr", "delattr", "object"):
            self.operates(("=", "__delattr__"), body)
            if last == "object":
                self.replaces(node, body)
        target = node.args[0]
        for argument in node.args[at:] if last == "attrgetter" else node.args[at : at + 1]:
            text = _prefix(argument)
            for part in text.split(".") if "*" not in text else [text]:
                if at and isinstance(target, ast.Name) and target.id == scope.own and target.id:
                    body.own[part] = None
                elif (
                    at and (chain := _chain(target)) and chain.partition(".")[0] not in scope.local
                ):
                    # What cannot be resolved of the chain counts as an attribute later.
                    self.name(*_split(chain, part), body, scope)
                elif part != "*" or last not in ("setattr", "delattr"):
                    body.attrs[part] = None

    def replaces(self, node: ast.Call, body: _Body) -> None:
        """Note names that something else is put in the place of: `setattr(m, "A", x)`, `patch("m.A")`."""
        for argument in node.args[:2]:
            name = _prefix(argument).rpartition(".")[2]
            if name.isidentifier():
                body.attrs[f"={name}"] = None
        for keyword in node.keywords if _last(node.func) == "multiple" else ():
            body.attrs[f"={keyword.arg}"] = None

    def all_access(self, node: ast.Call, last: str, body: _Body, scope: _Scope) -> None:
        """`vars(x)`, `dir(x)`: all attributes; `eval`: all globals."""
        if last in ("eval", "exec"):
            body.globals |= isinstance(node.func, ast.Name)
        elif node.args:
            target = node.args[0]
            chain = _chain(target)
            if isinstance(target, ast.Name) and target.id == scope.own and scope.own:
                body.own["*"] = None
            elif chain and chain.partition(".")[0] not in scope.local:
                self.name(*_split(chain, "*"), body, scope)
            else:
                body.attrs["*"] = None

    def started(self, node: ast.expr, body: _Body) -> None:
        """Note a command (with a space after it, which no other text is kept with)."""
        words = _prefix(node).split()
        if words and words[0] != "*":
            body.texts[f"{words[0]} "] = None

    def sequence(self, node: ast.List | ast.Tuple, body: _Body, scope: _Scope) -> None:
        if len(node.elts) > 0 and isinstance(node.elts[0], ast.Constant):
            self.started(node.elts[0], body)
        before: ast.expr | None = None
        for item in node.elts:
            if isinstance(before, ast.Constant) and before.value == "-m":
                body.modules[_prefix(item)] = None
            self.visit(item, body, scope)
            before = item

    def nested(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, body: _Body, scope: _Scope
    ) -> None:
        for part in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults):
            if part is not None:
                self.visit(part, body, scope)
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            if argument.annotation is not None and node.decorator_list:
                self.visit(argument.annotation, body, scope)
        self.annotations(node, body)
        inner = self.scope(node, scope, body)
        body.later += 1
        for statement in node.body:
            self.visit(statement, body, inner)
        body.later -= 1

    def nested_class(self, node: ast.ClassDef, body: _Body, scope: _Scope) -> None:
        for part in (*node.decorator_list, *node.bases, *(k.value for k in node.keywords)):
            self.visit(part, body, scope)
        for statement in node.body:
            if isinstance(statement, ast.AnnAssign):
                self.visit(statement.annotation, body, scope)
            self.visit(statement, body, scope)


# --- small questions about nodes ---------------------------------------------------------


def _parts(node: ast.AST, fields: tuple[str, ...] | None = None) -> list[ast.AST]:
    """The nodes directly in a node, or in some fields of it, but for operators and contexts."""
    if fields is None:
        kind = type(node)
        fields = _FIELDS.get(kind)
        if fields is None:
            fields = tuple(f for f in node._fields if f not in _NO_NODES)
            _FIELDS[kind] = fields
    found: list[ast.AST] = []
    for field in fields:
        part = getattr(node, field, None)
        if isinstance(part, list):
            found += [item for item in part if isinstance(item, ast.AST)]
        elif isinstance(part, ast.AST):
            found.append(part)
    return found


_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}
_NO_NODES = {
    "ctx",
    "op",
    "ops",
    "id",
    "attr",
    "kind",
    "type_comment",
    "is_async",
    "conversion",
    "simple",
}


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _chain(node: ast.AST) -> str:
    """`a.b.c` for such an expression, else an empty string."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def _is_main(test: ast.expr) -> bool:
    """Whether a condition is `__name__ == "__main__"`."""
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = (test.left, *test.comparators)
    main = [isinstance(side, ast.Constant) and side.value == "__main__" for side in sides]
    return any(main) and any(_last(side) == "__name__" for side in sides)


def _is_own(node: ast.expr, scope: _Scope) -> bool:
    """Whether an expression is `self`, as the method at hand calls it, or `super()`."""
    if isinstance(node, ast.Name):
        return bool(scope.own) and node.id == scope.own
    return (
        isinstance(node, ast.Call)
        and _last(node.func) == "super"
        and isinstance(node.func, ast.Name)
    )


def _split(chain: str, attribute: str) -> tuple[str, str]:
    """The root of `chain.attribute` and the rest with its dot."""
    root, dot, rest = chain.partition(".")
    return root, f"{dot}{rest}.{attribute}"


def _plain(text: str) -> str:
    """The text without lone surrogates, which no file name has and no encoding takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _arguments(node: ast.expr) -> list[ast.expr]:
    return [*node.args, *(k.value for k in node.keywords)] if isinstance(node, ast.Call) else []


def _hands_on(call: ast.Call, local: set[str]) -> bool:
    """Whether a local name is somewhere among the arguments of a call."""
    todo: list[ast.AST] = [*_arguments(call)] if local else []
    while todo:
        part = todo.pop()
        if isinstance(part, ast.Name):
            if part.id in local:
                return True
        else:
            todo += _parts(part)
    return False


def _parameters(arguments: ast.arguments) -> tuple[str, ...]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [a for a in (arguments.vararg, arguments.kwarg) if a]
    return tuple(a.arg for a in every)


def _unpacks(node: ast.AST) -> bool:
    """Whether a statement takes a value apart: `a, b = x`."""
    return isinstance(node, ast.Assign) and any(
        isinstance(t, (ast.Tuple, ast.List)) for t in node.targets
    )


def _bound_by(target: ast.AST) -> list[str]:
    """Names that an assignment target (or a `with` item, or a pattern) binds."""
    if isinstance(target, ast.Name):
        return [target.id] if isinstance(target.ctx, ast.Store) else []
    return [
        n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]


_BINDING = {
    # Where in a statement names may be bound, if no expression binds one.
    ast.Assign: ("targets",), ast.AnnAssign: ("target",), ast.AugAssign: ("target",),
    ast.For: ("target", "body", "orelse"), ast.AsyncFor: ("target", "body", "orelse"),
    ast.With: ("items", "body"), ast.AsyncWith: ("items", "body"), ast.withitem: ("optional_vars",),
    ast.If: ("body", "orelse"), ast.While: ("body", "orelse"),
    ast.Expr: (), ast.Return: (), ast.Raise: (), ast.Assert: (), ast.Delete: (),
}  # fmt: skip


def _bindings(
    body: list[ast.stmt], bound: set[str], outside: set[str], *, expressions: bool
) -> None:
    """Names that statements of a function bind, not those in functions inside it.

    Targets of comprehensions are left out: they are local to the comprehension only.
    Without `expressions` none of these binds a name (`:=`), which saves looking.
    """
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        kind = type(node)
        if kind is ast.Name:
            if isinstance(node.ctx, ast.Store):  # type: ignore[attr-defined]
                bound.add(node.id)  # type: ignore[attr-defined]
        elif kind in (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef):
            bound.add(node.name)  # type: ignore[attr-defined]
        elif kind is ast.Lambda:
            continue
        elif kind in (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp):
            todo += [n for n in ast.walk(node) if isinstance(n, ast.NamedExpr)]
        elif kind in (ast.Global, ast.Nonlocal):
            if kind is ast.Global:
                outside.update(node.names)  # type: ignore[attr-defined]
        elif kind in (ast.Import, ast.ImportFrom):
            bound.update((a.asname or a.name).partition(".")[0] for a in node.names)  # type: ignore[attr-defined]
        else:
            name = getattr(node, "name", None)  # except ... as name, case ... as name
            if isinstance(name, str):
                bound.add(name)
            todo += _parts(node, None if expressions else _BINDING.get(kind))


_PURE = (ast.Constant, ast.Name, ast.Attribute, ast.Lambda, ast.Load, ast.Store)


def _pure(node: ast.AST) -> bool:
    """Whether evaluating it surely runs no code of the project: names, containers, types."""
    kind = type(node)
    if kind in _PURE:
        return True
    if kind in (ast.List, ast.Tuple, ast.Set):
        return all(_pure(item) for item in node.elts)  # type: ignore[attr-defined]
    if kind is ast.Dict:
        return all(k is None or _pure(k) for k in node.keys) and all(map(_pure, node.values))  # type: ignore[attr-defined]
    if kind is ast.Subscript:
        return _pure(node.value) and _pure(node.slice)  # type: ignore[attr-defined]
    if kind is ast.BinOp:
        return isinstance(node.op, ast.BitOr) and _pure(node.left) and _pure(node.right)  # type: ignore[attr-defined]
    if kind is ast.UnaryOp:
        return isinstance(node.operand, ast.Constant)  # type: ignore[attr-defined]
    if kind is ast.Call:
        chain = _chain(node.func)  # type: ignore[attr-defined]
        return ".mark." in f".{chain}." and all(map(_pure, _arguments(node)))  # type: ignore[arg-type]
    return False


def _module_argument(call: ast.Call) -> str:
    """The module that `import_module(name, package)` and its like are asked for."""
    by_name = {k.arg: k.value for k in call.keywords}
    name, package = [*call.args[:2], None, None][:2]
    name = name or by_name.get("name") or by_name.get("mod_name")
    package = package or by_name.get("package")
    text = _prefix(name) if name else ""
    if text.startswith(".") and package is not None:
        inside = _prefix(package).split(".")
        level = len(text) - len(text.lstrip("."))
        if not inside[-1].endswith("*"):
            return ".".join([*inside[: len(inside) - level + 1], text.lstrip(".")])
    return text


def _prefix(node: ast.expr) -> str:
    """A constant string, or what it surely begins (and ends) with around a `*`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _plain(node.value)
    if isinstance(node, ast.JoinedStr) and node.values:
        return _prefix(node.values[0]).rstrip("*") + "*"
    if isinstance(node, ast.BinOp):
        return _prefix(node.left).partition("*")[0].partition("%")[0] + "*"
    return "*"


def _outline(body: list[ast.stmt], inside: str) -> list[Outline]:
    found = []
    for node in _statements(body):
        if isinstance(node, _FUNCTIONS):
            found.append(Outline(inside + node.name, False, _markers(node.decorator_list)))
        elif isinstance(node, ast.ClassDef):
            marks = (*_markers(node.decorator_list), *_assigned_markers(node.body))
            found.append(Outline(inside + node.name, True, marks, bool(node.bases)))
            found += _outline(node.body, f"{inside}{node.name}::")
        elif isinstance(node, ast.Assign):
            found += [Outline(inside + t.id) for t in node.targets if isinstance(t, ast.Name)]
        elif isinstance(node, ast.ImportFrom):
            found += [Outline(inside + (a.asname or a.name)) for a in node.names if a.name != "*"]
    return found


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a block and of the `if`, `try`, `with` and loops in it."""
    for node in body:
        yield node
        if isinstance(node, (*_BLOCKS, *_NEW_BLOCKS)):
            for part in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, part, []))
            for handler in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
                yield from _statements(handler.body)


def _markers(nodes: list[ast.expr]) -> tuple[str, ...]:
    return tuple(
        part.attr
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and _last(part.value) == "mark"
    )


def _assigned(body: list[ast.stmt], name: str) -> Iterator[ast.expr]:
    """Values that statements of a block assign or add to `name`."""
    for node in _statements(body):
        if isinstance(node, ast.Assign):
            targets: list[ast.expr] = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
            targets = [node.target]
        else:
            continue
        if node.value and any(_last(t) == name for t in targets):
            yield node.value


def _assigned_markers(body: list[ast.stmt]) -> tuple[str, ...]:
    return _markers(list(_assigned(body, "pytestmark")))


def _plugins(body: list[ast.stmt]) -> list[str]:
    return [
        _plain(part.value)
        for value in _assigned(body, "pytest_plugins")
        for part in ast.walk(value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
