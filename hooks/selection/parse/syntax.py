"""Small questions about the nodes of a syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
ImportNode = ast.Import | ast.ImportFrom
AssignmentNode = ast.Assign | ast.AnnAssign | ast.AugAssign
BLOCKS = (
    *(ast.If, ast.Try, ast.With, ast.For, ast.While, ast.AsyncFor, ast.AsyncWith),
    *(getattr(ast, name) for name in ("TryStar", "Match") if hasattr(ast, name)),  # 3.10, 3.11
)
"""Statements that hold other statements, but for definitions."""


def parts_of(node: ast.AST, fields: tuple[str, ...] | None = None) -> list[ast.AST]:
    """The nodes directly in a node, or in some fields of it, but for operators and contexts."""
    parts: list[ast.AST] = []
    for field in fields_of(node) if fields is None else fields:
        part = getattr(node, field, None)
        if isinstance(part, list):
            parts += [inner for inner in part if isinstance(inner, ast.AST)]
        elif isinstance(part, ast.AST):
            parts.append(part)
    return parts


def fields_of(node: ast.AST) -> tuple[str, ...]:
    """The fields of a node that may hold nodes, but for operators and contexts."""
    kind = type(node)
    fields = _FIELDS.get(kind)
    if fields is None:
        fields = _FIELDS[kind] = tuple(f for f in node._fields if f not in _WITHOUT_NODES)
    return fields


_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}
_WITHOUT_NODES = {
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
    """`c` for `a.b.c`, for `f().c` and for a bare name; else an empty string."""
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


def called_by(decorator: ast.expr) -> ast.expr:
    """What a decorator names: `f` for `@f` and for `@f(1)`."""
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def is_marker(chain: str) -> bool:
    """Whether a chain is a marker: `pytest.mark.slow`."""
    return ".mark." in f".{chain}."


def is_type_checking(node: ast.stmt) -> bool:
    """Whether a statement is `if TYPE_CHECKING`."""
    return isinstance(node, ast.If) and last_of(node.test) == "TYPE_CHECKING"


def is_main(test: ast.expr) -> bool:
    """Whether a condition is `__name__ == "__main__"`, or that and more."""
    match test:
        case ast.BoolOp(op=ast.And(), values=[first, *_]):
            return is_main(first)
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            sides = (left, right)
            main = (isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)
            named = (isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
            return any(main) and any(named)
    return False


def plain(text: str) -> str:
    """The text without lone surrogates, which no file name has and no encoding takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def arguments_of(node: ast.expr) -> list[ast.expr]:
    """The values of all arguments of a call; none for another expression."""
    return [*node.args, *(k.value for k in node.keywords)] if isinstance(node, ast.Call) else []


def passes_local(call: ast.Call, local: set[str]) -> bool:
    """Whether a local name is somewhere among the arguments of a call."""
    pending: list[ast.AST] = [*arguments_of(call)] if local else []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name):
            if node.id in local:
                return True
        else:
            pending += parts_of(node)
    return False


def all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    """The parameters of a function, with `*args` and `**kwargs` at the end."""
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return every + [a for a in (arguments.vararg, arguments.kwarg) if a]


def parameters_of(arguments: ast.arguments) -> tuple[str, ...]:
    """The names of the parameters of a function."""
    return tuple(argument.arg for argument in all_arguments(arguments))


def defaults_of(arguments: ast.arguments) -> list[ast.expr]:
    """The default values of parameters."""
    return [d for d in (*arguments.defaults, *arguments.kw_defaults) if d is not None]


def targets_of(node: AssignmentNode) -> list[ast.expr]:
    """What an assignment assigns to."""
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def unpacks(node: ast.AST) -> bool:
    """Whether a statement takes a value apart: `a, b = x`."""
    return isinstance(node, ast.Assign) and any(
        isinstance(target, (ast.Tuple, ast.List)) for target in node.targets
    )


def bound_by(target: ast.AST) -> list[str]:
    """Names that an assignment target (or a `with` item, or a pattern) binds."""
    if isinstance(target, ast.Name):
        return [target.id] if isinstance(target.ctx, ast.Store) else []
    return [
        part.id
        for part in ast.walk(target)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    ]


def is_constant(node: ast.AST) -> bool:
    """Whether an expression is a constant, or a list, tuple or set of constants."""
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return all(map(is_constant, node.elts))
    return isinstance(node, ast.Constant)


def module_argument(call: ast.Call) -> str:
    """The module that `import_module(name, package)` and its like are asked for.

    A glob where only its beginning is known; `*` for any.
    """
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
    """A constant string, or a glob of what it surely begins with: `visit_*`, or `*` for any."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return plain(node.value)
    if isinstance(node, ast.JoinedStr) and node.values:
        return prefix_of(node.values[0]).rstrip("*") + "*"
    if isinstance(node, ast.BinOp):
        return prefix_of(node.left).partition("*")[0].partition("%")[0] + "*"
    return "*"


def glob_of(node: ast.expr) -> str:
    """A constant string, or a glob with a `*` for each part that only run time knows."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return plain(node.value)
    if isinstance(node, ast.JoinedStr):
        glob = "".join(map(glob_of, node.values))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        glob = glob_of(node.left) + glob_of(node.right)
    elif isinstance(node, ast.BinOp):  # `"%s_client" % kind`
        glob = re.sub(r"%\w", "*", glob_of(node.left))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        glob = _glob_of_method(node.func, node.args)
    else:
        glob = "*"
    return re.sub(r"\*+", "*", glob)


def _glob_of_method(method: ast.Attribute, arguments: list[ast.expr]) -> str:
    """The same for `"{}_client".format(kind)` and `"_".join((kind, "client"))`."""
    text = glob_of(method.value)
    if method.attr == "format":
        return re.sub(r"\{[^{}]*\}", "*", text)
    match arguments:
        case [ast.List() | ast.Tuple() as parts] if method.attr == "join":
            return text.join(map(glob_of, parts.elts))
    return "*"


def statements_of(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a block and of the `if`, `try`, `with` and loops in it."""
    for node in body:
        yield node
        if isinstance(node, BLOCKS):
            for part in ("body", "orelse", "finalbody"):
                yield from statements_of(getattr(node, part, []))
            for handler in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
                yield from statements_of(handler.body)
