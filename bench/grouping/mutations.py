"""Mutations of Python source, one root cause each, as people break code in life."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from typing import NamedTuple


class Mutation(NamedTuple):
    """One changed function: what was done, its qualified name, and the whole new file."""

    kind: str
    function: str
    source: str


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function and method with its qualified name; nested functions are left out."""
    stack: list[tuple[str, ast.stmt]] = [("", node) for node in tree.body]
    while stack:
        prefix, node = stack.pop(0)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            stack[:0] = [(f"{prefix}{node.name}.", child) for child in node.body]
        elif isinstance(node, (ast.If, ast.Try)):
            stack[:0] = [(prefix, child) for child in node.body]


def _insert(lines: list[str], function: ast.AST, text: str) -> list[str] | None:
    """Lines with one statement put before the first real one of a function."""
    body = function.body
    first = body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        if len(body) == 1:
            return None
        first = body[1]
    at = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", []))]) - 1
    if first.lineno == function.lineno:
        return None
    indent = " " * first.col_offset
    return [*lines[:at], f"{indent}{text}\n", *lines[at:]]


def _replace(lines: list[str], node: ast.expr, text: str) -> list[str] | None:
    if node.lineno != node.end_lineno:
        return None
    line = lines[node.lineno - 1].encode()
    new = line[: node.col_offset] + text.encode() + line[node.end_col_offset :]
    return [*lines[: node.lineno - 1], new.decode(), *lines[node.lineno :]]


def raises(lines, function, rng):
    """A `raise` at the top of the function."""
    error = rng.choice(
        [
            'ValueError("invalid value")',
            'RuntimeError("not ready")',
            "NotImplementedError",
            'KeyError("id")',
        ]
    )
    return _insert(lines, function, f"raise {error}")


def wrong_constant(lines, function, rng):
    """A number that is one more, or a truth that is turned around."""
    constants = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, (int, bool))
        and node.lineno > function.body[0].lineno
    ]
    if not constants:
        return None
    node = rng.choice(constants)
    wrong = (not node.value) if isinstance(node.value, bool) else node.value + 1
    return _replace(lines, node, repr(wrong))


def wrong_comparison(lines, function, rng):
    """A condition that is turned around."""
    tests = [n.test for n in ast.walk(function) if isinstance(n, ast.If)]
    tests = [t for t in tests if t.lineno == t.end_lineno]
    if not tests:
        return None
    node = rng.choice(tests)
    text = lines[node.lineno - 1].encode()[node.col_offset : node.end_col_offset].decode()
    return _replace(lines, node, f"not ({text})")


def renamed_attribute(lines, function, rng):
    """An attribute that the constructor sets under another name."""
    if function.name != "__init__":
        return None
    attributes = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    ]
    if not attributes:
        return None
    node = rng.choice(attributes)
    return _replace(lines, node, f"self.{node.attr}_renamed")


def required_parameter(lines, function, rng):
    """A parameter more, without a default."""
    arguments = function.args
    if arguments.vararg or arguments.kwonlyargs:
        return None
    return _parameter_in_line(lines, function) or _keyword_only(lines, function)


def _parameter_in_line(lines, function):
    """The parameter at the end of a signature of one plain line."""
    line = lines[function.lineno - 1]
    is_plain = line.rstrip().endswith(":") and line.count("(") == 1 and "->" not in line
    if function.lineno == function.body[0].lineno or function.args.defaults or not is_plain:
        return None
    end = line.rindex(")")
    comma = ", " if _positional(function) else ""
    new = f"{line[:end].rstrip().rstrip(',')}{comma}context{line[end:]}"
    return [*lines[: function.lineno - 1], new, *lines[function.lineno :]]


def _keyword_only(lines, function):
    """A keyword that must be given: the same break where the signature is spread out."""
    text = "".join(lines[function.lineno - 1 : function.body[0].lineno - 1])
    end = text.find(") ->") if ") ->" in text else text.rfind("):")
    if function.args.kwarg or end < 0 or "(" not in text:
        return None
    head = text[:end].rstrip()
    comma = "" if head.endswith((",", "(")) else ","
    separator = f"{comma} " if _positional(function) else ""
    new = f"{head}{separator}*, context{text[end:]}"
    return [*lines[: function.lineno - 1], new, *lines[function.body[0].lineno - 1 :]]


def _positional(function):
    return [*function.args.posonlyargs, *function.args.args]


def returns_none(lines, function, rng):
    """A function that returns at once."""
    if not any(isinstance(n, ast.Return) and n.value is not None for n in ast.walk(function)):
        return None
    return _insert(lines, function, "return None")


def changed_return(lines, function, rng):
    """A returned value that is put into a list."""
    returned = [
        n.value
        for n in ast.walk(function)
        if isinstance(n, ast.Return)
        and n.value is not None
        and n.value.lineno == n.value.end_lineno
    ]
    if not returned:
        return None
    node = rng.choice(returned)
    text = lines[node.lineno - 1].encode()[node.col_offset : node.end_col_offset].decode()
    return _replace(lines, node, f"[{text}]")


BY_KIND = {
    "raise": raises,
    "wrong constant": wrong_constant,
    "wrong branch": wrong_comparison,
    "renamed attribute": renamed_attribute,
    "required parameter": required_parameter,
    "returns None": returns_none,
    "changed return type": changed_return,
}


def removed_imports(source: str) -> Iterator[Mutation]:
    """The file without one of its module-level one-line imports."""
    lines = source.splitlines(keepends=True)
    for node in ast.parse(source).body:
        if not isinstance(node, (ast.Import, ast.ImportFrom)) or node.lineno != node.end_lineno:
            continue
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            continue
        new = "".join([*lines[: node.lineno - 1], "pass\n", *lines[node.lineno :]])
        yield Mutation("removed import", f"<module>:{node.lineno}", new)


def fixtures(source: str) -> Iterator[Mutation]:
    """A test file or conftest with one of its fixtures broken."""
    lines = source.splitlines(keepends=True)
    for name, node in functions(ast.parse(source)):
        marks = [ast.unparse(mark) for mark in node.decorator_list]
        if not any("fixture" in mark for mark in marks):
            continue
        new = _insert(lines, node, 'raise OSError("resource is busy")')
        if new:
            yield Mutation("broken fixture", name, "".join(new))


def mutate(source: str, function: str, rng: random.Random) -> Iterator[Mutation]:
    """The mutations of one function that give valid Python, in random order."""
    lines = source.splitlines(keepends=True)
    node = dict(functions(ast.parse(source))).get(function)
    kinds = list(BY_KIND)
    rng.shuffle(kinds)
    for kind in kinds if node else ():
        new = BY_KIND[kind](lines, node, rng)
        if new is None or new == lines:
            continue
        text = "".join(new)
        try:
            ast.parse(text)
        except SyntaxError:
            continue
        yield Mutation(kind, function, text)
