"""Small questions about the nodes of a syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = (ast.If, ast.Try, ast.With, ast.For, ast.While, ast.AsyncFor, ast.AsyncWith)
NEW_BLOCKS = tuple(getattr(ast, n) for n in ("TryStar", "Match") if hasattr(ast, n))


def parts_of(node: ast.AST, fields: tuple[str, ...] | None = None) -> list[ast.AST]:
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


def last_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def chain_of(node: ast.AST) -> str:
    """`a.b.c` for such an expression, else an empty string."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def is_main(test: ast.expr) -> bool:
    """Whether a condition is `__name__ == "__main__"`."""
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = (test.left, *test.comparators)
    main = [isinstance(side, ast.Constant) and side.value == "__main__" for side in sides]
    return any(main) and any(last_of(side) == "__name__" for side in sides)


def plain(text: str) -> str:
    """The text without lone surrogates, which no file name has and no encoding takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def arguments_of(node: ast.expr) -> list[ast.expr]:
    return [*node.args, *(k.value for k in node.keywords)] if isinstance(node, ast.Call) else []


def hands_on(call: ast.Call, local: set[str]) -> bool:
    """Whether a local name is somewhere among the arguments of a call."""
    todo: list[ast.AST] = [*arguments_of(call)] if local else []
    while todo:
        part = todo.pop()
        if isinstance(part, ast.Name):
            if part.id in local:
                return True
        else:
            todo += parts_of(part)
    return False


def parameters_of(arguments: ast.arguments) -> tuple[str, ...]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [a for a in (arguments.vararg, arguments.kwarg) if a]
    return tuple(a.arg for a in every)


def unpacks(node: ast.AST) -> bool:
    """Whether a statement takes a value apart: `a, b = x`."""
    return isinstance(node, ast.Assign) and any(
        isinstance(t, (ast.Tuple, ast.List)) for t in node.targets
    )


def bound_by(target: ast.AST) -> list[str]:
    """Names that an assignment target (or a `with` item, or a pattern) binds."""
    if isinstance(target, ast.Name):
        return [target.id] if isinstance(target.ctx, ast.Store) else []
    return [
        n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]


_PURE = (ast.Constant, ast.Name, ast.Attribute, ast.Lambda, ast.Load, ast.Store)


def is_pure(node: ast.AST) -> bool:
    """Whether evaluating it surely runs no code of the project: names, containers, types."""
    kind = type(node)
    if kind in _PURE:
        return True
    if kind in (ast.List, ast.Tuple, ast.Set):
        return all(is_pure(item) for item in node.elts)  # type: ignore[attr-defined]
    if kind is ast.Dict:
        return all(k is None or is_pure(k) for k in node.keys) and all(map(is_pure, node.values))  # type: ignore[attr-defined]
    if kind is ast.Subscript:
        return is_pure(node.value) and is_pure(node.slice)  # type: ignore[attr-defined]
    if kind is ast.BinOp:
        return isinstance(node.op, ast.BitOr) and is_pure(node.left) and is_pure(node.right)  # type: ignore[attr-defined]
    if kind is ast.UnaryOp:
        return isinstance(node.operand, ast.Constant)  # type: ignore[attr-defined]
    if kind is ast.Call:
        chain = chain_of(node.func)  # type: ignore[attr-defined]
        return ".mark." in f".{chain}." and all(map(is_pure, arguments_of(node)))  # type: ignore[arg-type]
    return False


def module_argument(call: ast.Call) -> str:
    """The module that `import_module(name, package)` and its like are asked for."""
    by_name = {k.arg: k.value for k in call.keywords}
    name, package = [*call.args[:2], None, None][:2]
    name = name or by_name.get("name") or by_name.get("mod_name")
    package = package or by_name.get("package")
    text = prefix_of(name) if name else ""
    if text.startswith(".") and package is not None:
        inside = prefix_of(package).split(".")
        level = len(text) - len(text.lstrip("."))
        if not inside[-1].endswith("*"):
            return ".".join([*inside[: len(inside) - level + 1], text.lstrip(".")])
    return text


def prefix_of(node: ast.expr) -> str:
    """A constant string, or what it surely begins (and ends) with around a `*`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return plain(node.value)
    if isinstance(node, ast.JoinedStr) and node.values:
        return prefix_of(node.values[0]).rstrip("*") + "*"
    if isinstance(node, ast.BinOp):
        return prefix_of(node.left).partition("*")[0].partition("%")[0] + "*"
    return "*"


def statements_of(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a block and of the `if`, `try`, `with` and loops in it."""
    for node in body:
        yield node
        if isinstance(node, (*BLOCKS, *NEW_BLOCKS)):
            for part in ("body", "orelse", "finalbody"):
                yield from statements_of(getattr(node, part, []))
            for handler in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
                yield from statements_of(handler.body)
