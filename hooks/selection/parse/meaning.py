"""What changed in the meaning of a Python file, symbol by symbol."""

from __future__ import annotations

import ast
import builtins
import re
from functools import lru_cache
from typing import NamedTuple, TypeGuard

from .doctests import DOCTESTS, blocks, docstrings
from .side_effects import are_quiet_bases, is_quiet, is_quiet_decorator
from .syntax import bound_by, chain_of, is_pure, last_of

Imported = tuple[int, str, str]


class Difference(NamedTuple):
    """How two versions of a file differ for those that use it.

    `names` are symbols whose definition differs, is new or is gone, `documented` those
    of which only the docstring differs. `runs` says why importing the module may now do
    something else; empty if it does the same. `added` and `removed` are imports, as
    (level, module, name or empty); it depends on the project whether they matter. So it does
    for those that are `guarded`: in a `try` that differs and goes on where there is no such module.
    `exports` says whether a star import may bring other names. `deep` are those of `names` in
    which only functions inside functions inside them differ: they run when those do. `bound` are
    those that only an import binds, in one of the versions, where nothing else can have been
    meant: what runs when the module is imported reads them only where it differs itself.
    """

    names: frozenset[str] = frozenset()
    documented: frozenset[str] = frozenset()
    runs: str = ""
    added: frozenset[Imported] = frozenset()
    removed: frozenset[Imported] = frozenset()
    guarded: frozenset[Imported] = frozenset()
    exports: bool = False
    bound: frozenset[str] = frozenset()
    deep: frozenset[str] = frozenset()

    @property
    def nothing(self) -> bool:
        """Whether only comments and layout differ."""
        imports = self.added or self.removed or self.guarded
        return not (self.names or self.documented or self.runs or imports)


def compare(before: bytes, after: bytes) -> Difference | None:
    """How `after` differs from `before`; None when one of them does not parse."""
    old, new = _meaning_of(before), _meaning_of(after)
    if old is None or new is None:
        return None
    names = {n for n in old.parts.keys() | new.parts.keys() if old.parts.get(n) != new.parts.get(n)}
    same = (old.docs.keys() | new.docs.keys()) - names
    documented = {n for n in same if old.docs.get(n) != new.docs.get(n)}
    runs = ""
    if old.future != new.future:
        names |= old.parts.keys() | new.parts.keys()
        runs = "a __future__ import"
    elif old.effects != new.effects:
        runs = "its module-level code"
    elif missing := sorted(new.unbound - old.unbound):
        runs = f"its module-level code reads {missing[0]}, which is not there yet"
    return Difference(
        frozenset(names),
        frozenset(documented),
        runs,
        frozenset(new.imports - old.imports),
        frozenset(old.imports - new.imports),
        frozenset(one for _, one in old.guarded ^ new.guarded),
        old.exports != new.exports,
        bound=_bound(old, new),
        deep=frozenset(n for n in names if old.outer(n) and old.outer(n) == new.outer(n)),
    )


def _bound(old: _Meaning, new: _Meaning) -> frozenset[str]:
    if any(name == "*" for _, _, name in old.imports | new.imports):
        return frozenset()
    there = old.parts.keys() & new.parts.keys()
    imported = {name for one in (old, new) for name, origin in one.by_import.items() if origin}
    return frozenset(imported - there - _ALWAYS_BOUND)


def names_of(source: bytes) -> frozenset[str]:
    """All symbols that a file defines; none when it does not parse."""
    found = _meaning_of(source)
    return frozenset(found.parts) if found else frozenset()


@lru_cache(maxsize=256)
def _meaning_of(source: bytes) -> _Meaning | None:
    """None where it does not parse. Kept, for many recorded runs are compared with one tree."""
    try:
        return _Meaning(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Meaning:
    """The parts of a module by name, and in order what runs when it is imported."""

    def __init__(self, tree: ast.Module) -> None:
        self.parts: dict[str, list[str]] = {}
        self.docs: dict[str, str] = {}
        self.functions: dict[str, list[tuple[str, ast.AST]]] = {}
        self.effects: list[str] = []
        self.imports: set[Imported] = set()
        self.guarded: set[tuple[str, Imported]] = set()
        self.exports: list[str] = []
        self.by_import: dict[str, bool] = {}  # top-level names: whether only imports bind them
        self.origins: dict[str, str] = {}  # of names that an import binds: what they are
        self.future: set[str] = set()
        # Names that are read while the module runs and that nothing bound before: an
        # error, unless it is a star import that binds them. What matters is what is new.
        self.unbound: set[str] = set()
        self.block(tree.body, "", "")
        self.docs.update(docstrings(tree.body))
        shown = [block for text in self.docs.values() for block in blocks(text)]
        if shown:
            self.parts[DOCTESTS] = shown
        used = set(re.findall(r"Name\('(\w+)'", " ".join(self.effects)))
        # The order of definitions matters where one is used while the module runs.
        self.effects = [
            e
            for e in self.effects
            if not e.startswith(_DEFINES) or e.removeprefix(_DEFINES) in used
        ]

    def add(self, name: str, guard: str, *nodes: ast.AST) -> None:
        self.parts.setdefault(name, []).append(guard + "|".join(_dump(n) for n in nodes))
        if "." not in name:
            self.effects.append(_DEFINES + name)
            self.origins[name] = ""
            self.by_import[name] = False

    def outer(self, name: str) -> list[str]:
        """A function without the bodies of those two levels inside it; empty for all else."""
        found = self.functions.get(name, [])
        if len(found) != len(self.parts.get(name, ())):
            return []
        return [guard + _dump(node, 2) for guard, node in found]

    def read(self, inside: str, *nodes: ast.AST | None) -> None:
        """Note the names that an expression reads when the module is imported."""
        for node in nodes:
            for name in _read_by(node) if node else ():
                if name not in _ALWAYS_BOUND and not any(
                    scope + name in self.parts for scope in _scopes(inside)
                ):
                    self.unbound.add(name)

    def effect(self, guard: str, *nodes: ast.AST) -> None:
        self.effects.append(guard + "|".join(_dump(n) for n in nodes))

    def block(self, body: list[ast.stmt], inside: str, guard: str) -> None:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.function(node, inside, guard)
            elif isinstance(node, ast.ClassDef):
                self.klass(node, inside, guard)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                self.do_import(node, inside, guard)
            elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
                self.assignment(node, inside, guard)
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue
            elif isinstance(node, ast.If) and last_of(node.test) == "TYPE_CHECKING":
                self.block(node.orelse, inside, guard)
            elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
                self.compound(node, inside, guard)
            elif not isinstance(node, ast.Pass):
                self.read(inside, node)
                self.effect(guard, node)
                if inside:
                    self.add(inside[:-1], guard, node)

    def compound(self, node: ast.stmt, inside: str, guard: str) -> None:
        if _only_binds(node):
            # It does nothing but bind names: they are what differs where it differs.
            self.binding(node, inside, guard)
            return
        head = [getattr(node, f) for f in node._fields if f not in _BODIES]
        text = "".join(
            _dump(h) if isinstance(h, ast.AST) else "".join(map(_dump, h))
            for h in head
            if isinstance(h, (ast.AST, list))
        )
        self.effects.append(f"{guard}{type(node).__name__} {text}")
        if isinstance(node, (ast.For, ast.With)):
            for name in bound_by(node):
                self.add(inside + name, guard, node)
        for part in head:
            self.read(inside, *(part if isinstance(part, list) else [part]))
        for field in ("body", "orelse", "finalbody"):
            self.block(getattr(node, field, []), inside, f"{guard}{text}{field}:")
        for handler in getattr(node, "handlers", []):
            kind = _dump(handler.type) if handler.type else ""
            self.effects.append(f"{guard}except {kind}")
            self.read(inside, handler.type)
            if handler.name:
                self.parts.setdefault(inside + handler.name, [])
            self.block(handler.body, inside, f"{guard}except {kind}:")

    def binding(self, node: ast.If | ast.Try, inside: str, guard: str) -> None:
        whole = guard + _dump(node)
        for part in (*node.body, *(s for h in _handlers(node) for s in h.body), *node.orelse):
            if isinstance(part, (ast.Import, ast.ImportFrom)):
                self.guarded.update((whole, what) for what, _ in _imported(part))
            for name in _names_bound(part):
                self.parts.setdefault(inside + name, []).append(whole)
                self.by_import[name] = False
                self.effects.append(_DEFINES + name)
            if isinstance(part, ast.Assign):
                self.read(inside, part.value)
        if isinstance(node, ast.If):
            self.read(inside, node.test)
        if inside:
            self.add(inside[:-1], guard, node)

    def do_import(self, node: ast.Import | ast.ImportFrom, inside: str, guard: str) -> None:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            self.future.update(a.name for a in node.names)
            return
        for what, name in _imported(node):
            self.imports.add(what)
            self.parts.setdefault(inside + name, []).append(f"{guard}import {what}")
            if not inside:
                self.origins[name] = _origin(what, name)
                self.by_import.setdefault(name, True)

    def assignment(
        self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, inside: str, guard: str
    ) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [n for target in targets for n in bound_by(target)]
        self.read(inside, node.value, *(t for t in targets if not isinstance(t, ast.Name)))
        if isinstance(node, ast.AnnAssign) and not self.future:
            self.read(inside, node.annotation)
        for name in names:
            self.add(inside + name, guard, node)
        if inside:
            # Fields make __init__, slots, columns: the class itself is another one.
            self.add(inside[:-1], guard, node)
        plain = all(isinstance(t, (ast.Name, ast.Tuple, ast.List)) for t in targets)
        quiet = not node.value or is_pure(node.value) or is_quiet(node.value, self.origins)
        exports = names == ["__all__"]
        if exports and isinstance(node, ast.Assign) and _constant(node.value):
            self.exports.append(guard + _dump(node.value))
        elif not plain or not quiet or exports:
            self.effect(guard, node)

    def decorated(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, guard: str
    ) -> None:
        for decorator in node.decorator_list:
            if not (_quiet(decorator) or is_quiet_decorator(decorator, self.origins)):
                self.effect(f"{guard}@{node.name} ", decorator)

    def function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, inside: str, guard: str
    ) -> None:
        self.decorated(node, guard)
        self.read(inside, *node.decorator_list, *node.args.defaults, *node.args.kw_defaults)
        if not self.future:
            arguments = ast.walk(node.args)
            self.read(
                inside, node.returns, *(a.annotation for a in arguments if isinstance(a, ast.arg))
            )
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None and not is_pure(default):
                self.effect(guard, default)
        self.add(inside + node.name, guard, node)
        self.functions.setdefault(inside + node.name, []).append((guard, node))
        decorators = {
            chain_of(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list
        }
        if inside and any("abstract" in d for d in decorators):
            self.add(inside[:-1], guard, node)

    def klass(self, node: ast.ClassDef, inside: str, guard: str) -> None:
        self.decorated(node, guard)
        header = [*node.bases, *node.keywords, *node.decorator_list]
        self.read(inside, *header)
        if not inside:
            self.origins[node.name] = ""
            self.by_import[node.name] = False
        self.parts.setdefault(inside + node.name, []).append(
            f"{guard}class {node.name}({'|'.join(_dump(h) for h in header)})"
        )
        quiet = are_quiet_bases(node.bases, self.origins) and not node.keywords
        if not quiet:
            self.effects.append(f"{guard}class {node.name}({'|'.join(_dump(h) for h in header)})")
        self.block(node.body, f"{inside}{node.name}.", guard)


def _origin(what: Imported, name: str) -> str:
    """What a name of an absolute import stands for: `os.path`, `typing.TypeVar`."""
    level, module, item = what
    if level:
        return ""
    return f"{module}.{item}" if item else module if name != module.partition(".")[0] else name


def _imported(node: ast.Import | ast.ImportFrom) -> list[tuple[Imported, str]]:
    """What an import asks for, and the name that it binds."""
    if isinstance(node, ast.Import):
        return [((0, a.name, ""), a.asname or a.name.partition(".")[0]) for a in node.names]
    return [((node.level, node.module or "", a.name), a.asname or a.name) for a in node.names]


def _names_bound(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [name for _, name in _imported(node)]
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [t.id for t in targets if isinstance(t, ast.Name)]


def _only_binds(node: ast.stmt) -> TypeGuard[ast.If | ast.Try]:
    """Whether an `if` or `try` only gives values to names, and surely ends without an error.

    As in `try: import x` with `except ImportError: x = None`, and in `if sys.platform == ...`
    with constants.
    """
    if isinstance(node, ast.If):
        return _plain_test(node.test) and all(map(_plain_binding, (*node.body, *node.orelse)))
    if not isinstance(node, ast.Try) or node.finalbody or not node.handlers:
        return False
    after = (*node.orelse, *(s for h in node.handlers for s in h.body))
    return (
        any(map(_catches_missing, node.handlers))
        and all(_plain_import(s) or _plain_binding(s) for s in node.body)
        and all(map(_plain_binding, after))
    )


def _catches_missing(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or chain_of(kind) in _MISSING for kind in kinds)


def _handlers(node: ast.If | ast.Try) -> list[ast.ExceptHandler]:
    return node.handlers if isinstance(node, ast.Try) else []


def _plain_import(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module != "__future__" and all(a.name != "*" for a in node.names)
    return isinstance(node, ast.Import)


def _plain_binding(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        names = [t.id for t in node.targets if isinstance(t, ast.Name)]
        return len(names) == len(node.targets) and "__all__" not in names and _known(node.value)
    return isinstance(node, ast.Pass)


def _known(node: ast.expr) -> bool:
    """Whether evaluating it surely raises nothing: constants, and names of builtins."""
    return _constant(node) or (isinstance(node, ast.Name) and node.id in _BUILTIN)


def _plain_test(node: ast.expr) -> bool:
    """Whether a condition asks only for the interpreter and the platform."""
    if isinstance(node, ast.Compare):
        return _plain_test(node.left) and all(map(_known, node.comparators))
    if isinstance(node, ast.Subscript):
        return _plain_test(node.value) and isinstance(node.slice, (ast.Constant, ast.Slice))
    return chain_of(node) in _OF_THE_PLATFORM


def _scopes(inside: str) -> list[str]:
    """Where a name may be bound that is read in `C.D.`: there or in the module, not in `C.`."""
    return ["", inside] if inside else [""]


def _read_by(node: ast.AST) -> set[str]:
    """Names that an expression or statement reads when it runs, not later in a function."""
    read: set[str] = set()
    bound: set[str] = set()
    todo = [node]
    while todo:
        one = todo.pop()
        if isinstance(one, ast.Name):
            (read if isinstance(one.ctx, ast.Load) else bound).add(one.id)
        elif isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(one.name)
            todo += one.decorator_list
        elif isinstance(one, ast.Lambda):
            todo += [d for d in (*one.args.defaults, *one.args.kw_defaults) if d]
        elif isinstance(one, ast.GeneratorExp):
            todo.append(one.generators[0].iter)
        else:
            todo += ast.iter_child_nodes(one)
    return read - bound


_DEFINES = "\0defines "
_BUILTIN = frozenset(dir(builtins))
_ALWAYS_BOUND = _BUILTIN | {"__file__", "__path__", "__module__", "__qualname__", "__annotations__"}
_MISSING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_OF_THE_PLATFORM = {"sys.version_info", "sys.platform", "os.name", "sys.implementation.name"}
_BODIES = {"body", "orelse", "finalbody", "handlers"}
_QUIET = {"property", "staticmethod", "classmethod", "abstractmethod", "overload", "override",
          "cached_property", "contextmanager", "asynccontextmanager", "wraps", "final",
          "setter", "getter", "deleter", "dataclass", "total_ordering"}  # fmt: skip


def _quiet(decorator: ast.expr) -> bool:
    """Whether a decorator surely does nothing else to its module when it is applied."""
    call = decorator.func if isinstance(decorator, ast.Call) else decorator
    chain = chain_of(call)
    if ".mark." in f".{chain}." or chain in ("pytest.fixture", "fixture"):
        arguments = (
            [*decorator.args, *(k.value for k in decorator.keywords)]
            if isinstance(decorator, ast.Call)
            else []
        )
        return all(_constant(a) for a in arguments)
    return last_of(call) in _QUIET and not (
        isinstance(decorator, ast.Call) and decorator.args and last_of(call) != "wraps"
    )


def _constant(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return True
    return isinstance(node, (ast.List, ast.Tuple, ast.Set)) and all(map(_constant, node.elts))


def _dump(node: ast.AST, levels: int = 1000) -> str:
    """The structure of a node without positions and docstrings, and functions below some levels."""
    out: list[str] = []
    _write(node, out, levels)
    return "".join(out)


def _write(node: object, out: list[str], levels: int) -> None:
    if isinstance(node, ast.AST):
        out.append(type(node).__name__)
        out.append("(")
        for field in node._fields:
            if field in ("ctx", "type_comment", "kind"):
                continue
            value = getattr(node, field, None)
            if field == "body" and isinstance(
                node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
            ):
                value = [
                    s
                    for s in value or []
                    if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
                ]
                if not isinstance(node, ast.ClassDef):
                    value = value if levels else []
                    levels -= 1
            _write(value, out, levels)
            out.append(",")
        out.append(")")
    elif isinstance(node, list):
        out.append("[")
        for item in node:
            _write(item, out, levels)
            out.append(",")
        out.append("]")
    else:
        out.append(repr(node))
