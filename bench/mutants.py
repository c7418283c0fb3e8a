"""What is selected for mutants of a project, against the tests that then fail.

    python bench/mutants.py FOLDER --python EXE [--kinds KIND,...] [--mutants N] [--seed N]
                            [--path DIR] [-- PYTEST ARGS]

FOLDER is a clone of a project; it is cloned again, never written to. So many places are taken at
random of each kind that is asked for:

- function: outside of the tests; either an error comes first in its body, or one comparison in it
  is negated
- constant: a number, text or truth value that a module or class outside of the tests is given
- fixture: a fixture anywhere, with an error first in its body
- data: a text that is no Python file and no document, in which one letter becomes another

What `gardener impacted --staged` says of that, with the record of a first run and without any, is
held against what fails when everything runs, as bench/reverts.py does it for real commits: tests
that fail and were not selected run once more alone.
"""

from __future__ import annotations

import ast
import contextlib
import random
import tempfile
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from real_repositories import body_start
from reverts import LEFT, Suite, arguments_of, measure, split

DOCUMENTS = (".py", ".md", ".rst")
"""What the endings of files say that are not data."""
RAISED = "raise RuntimeError('mutant')\n"
NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


class Mutant(NamedTuple):
    """What a file is to hold, and what is other in it."""

    path: str
    source: bytes
    told: str


def listed(suite: Suite) -> list[str]:
    return sorted(filter(None, suite.git("ls-files", "-z").stdout.decode().split("\0")))


def is_left(path: str) -> bool:
    """Whether a path is one of the tests, or of what no test runs."""
    return any(fnmatchcase(f"/{path}", f"*/{glob.replace('**', '*')}") for glob in LEFT)


def modules(suite: Suite, *, tests: bool = False) -> Iterator[tuple[str, bytes, ast.Module]]:
    """The Python files outside of the tests, or all of them, in the order of their paths."""
    for path in listed(suite):
        if path.endswith(".py") and (tests or not is_left(path)):
            source = (suite.root / path).read_bytes()
            with contextlib.suppress(SyntaxError):
                yield path, source, ast.parse(source)


def in_functions(suite: Suite, pick: random.Random) -> Iterator[Mutant]:
    found = [
        (path, source, node)
        for path, source, tree in modules(suite)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    pick.shuffle(found)
    for path, source, node in found:
        kind = pick.choice(("error", "comparison"))
        mutant = broken(source, node) if kind == "error" else negated(source, node, pick)
        if mutant is not None:
            yield Mutant(path, mutant, f"{kind} in {path}:{node.lineno} {node.name}")


def in_constants(suite: Suite, pick: random.Random) -> Iterator[Mutant]:
    found = [
        (path, source, node)
        for path, source, tree in modules(suite)
        for statement in assignments(tree)
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, int, float))
    ]
    pick.shuffle(found)
    for path, source, node in found:
        text = ast.unparse(ast.Constant(other_value(node.value)))
        yield Mutant(path, replaced(source, node, text), f"constant in {path}:{node.lineno}")


def assignments(tree: ast.Module) -> list[ast.expr]:
    """What modules and classes give their names, not below conditions."""
    blocks = [tree.body, *(n.body for n in ast.walk(tree) if isinstance(n, ast.ClassDef))]
    return [
        statement.value
        for block in blocks
        for statement in block
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value
    ]


def other_value(value: object) -> str | float:
    """A constant of the same type that is another one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return f"{value}x"


def in_fixtures(suite: Suite, pick: random.Random) -> Iterator[Mutant]:
    found = [
        (path, source, node)
        for path, source, tree in modules(suite, tests=True)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and any("fixture" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]
    pick.shuffle(found)
    for path, source, node in found:
        if mutant := broken(source, node):
            yield Mutant(path, mutant, f"error in fixture {path}:{node.lineno} {node.name}")


def in_data(suite: Suite, pick: random.Random) -> Iterator[Mutant]:
    found = [path for path in listed(suite) if not path.endswith(DOCUMENTS)]
    pick.shuffle(found)
    for path in found:
        source = (suite.root / path).read_bytes()
        letters = [at for at, byte in enumerate(source) if chr(byte).isalnum() and byte < 128]
        if letters and b"\0" not in source:
            at = pick.choice(letters)
            letter = b"7" if source[at : at + 1].isdigit() else b"q"
            if source[at : at + 1] != letter:
                yield Mutant(
                    path, source[:at] + letter + source[at + 1 :], f"letter {at} of {path}"
                )


def negated(source: bytes, function: ast.AST, pick: random.Random) -> bytes | None:
    """The source with one comparison of a function negated; None if it has none."""
    compared = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in NEGATED
    ]
    if not compared:
        return None
    node = pick.choice(compared)
    other = ast.Compare(node.left, [NEGATED[type(node.ops[0])]()], node.comparators)
    return replaced(source, node, f"({ast.unparse(other)})")


def replaced(source: bytes, node: ast.expr, text: str) -> bytes:
    """The source with another text in the place of an expression."""
    lines = source.splitlines(keepends=True)
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before = lines[first][: node.col_offset]
    after = lines[last][node.end_col_offset :]
    lines[first : last + 1] = [before + text.encode() + after]
    return b"".join(lines)


def broken(source: bytes, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bytes | None:
    """The source with an error first in the body of a function; None if there is no line for it."""
    lines = source.splitlines(keepends=True)
    line, column = body_start(function)
    indent = lines[line][:column]
    if indent.strip():
        return None
    lines.insert(line, indent + RAISED.encode())
    return b"".join(lines)


KINDS: dict[str, Callable[[Suite, random.Random], Iterator[Mutant]]] = {
    "function": in_functions,
    "constant": in_constants,
    "fixture": in_fixtures,
    "data": in_data,
}


def mutated(suite: Suite, kinds: list[str], number: int, seed: int) -> Iterator[str]:
    """The mutants, so many of each kind, each staged, then told."""
    for kind in kinds:
        found = KINDS[kind](suite, random.Random(seed))
        valid = (m for m in found if not m.path.endswith(".py") or parses(m.source))
        for mutant in islice(valid, number):
            (suite.root / mutant.path).write_bytes(mutant.source)
            suite.git("add", "--", mutant.path)
            yield mutant.told
            suite.git("reset", "-q", "--hard")


def parses(source: bytes) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--mutants", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", default="function")
    asked, arguments = split(parser)
    kinds = asked.kinds.split(",")
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(
            asked,
            arguments,
            Path(folder),
            lambda suite: mutated(suite, kinds, asked.mutants, asked.seed),
        )
    if not any(row.failing for row in rows):
        raise SystemExit("No mutant made a test fail: do the tests import the clone (`--path`)?")


if __name__ == "__main__":
    main()
