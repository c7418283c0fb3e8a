"""What is selected for mutants of a project, against the tests that then fail.

    python bench/mutants.py FOLDER --python EXE [--mutants N] [--seed N] [--path DIR] [-- PYTEST ARGS]

FOLDER is a clone of a project; it is cloned again, never written to. Functions outside of the
tests are taken at random, and in each either an error comes first in its body, or one comparison
in it is negated. What `gardener impacted --staged` says of that, with the record of a first run
and without any, is held against what fails when everything runs, as bench/reverts.py does it for
real commits: tests that fail and were not selected run once more alone.
"""

from __future__ import annotations

import ast
import random
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from real_repositories import body_start
from reverts import LEFT, Suite, arguments_of, measure, split

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


class Place(NamedTuple):
    """A function of a file, as its syntax tree has it."""

    path: str
    name: str
    function: ast.FunctionDef | ast.AsyncFunctionDef


def places(suite: Suite) -> list[Place]:
    """All functions outside of the tests."""
    paths = suite.git("ls-files", "-z", "*.py").stdout.decode().split("\0")
    found = []
    for path in sorted(filter(None, paths)):
        if any(fnmatchcase(f"/{path}", f"*/{glob.replace('**', '*')}") for glob in LEFT):
            continue
        try:
            tree = ast.parse((suite.root / path).read_bytes())
        except SyntaxError:
            continue
        found += [
            Place(path, node.name, node)
            for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        ]
    return found


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
    text = ast.unparse(ast.Compare(node.left, [NEGATED[type(node.ops[0])]()], node.comparators))
    lines = source.splitlines(keepends=True)
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before = lines[first][: node.col_offset]
    after = lines[last][node.end_col_offset :]
    lines[first : last + 1] = [before + f"({text})".encode() + after]
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


def mutated(suite: Suite, number: int, seed: int) -> Iterator[str]:
    """The mutants, each staged, then told."""
    pick = random.Random(seed)
    found = places(suite)
    pick.shuffle(found)
    for place in found:
        if not number:
            return
        path = suite.root / place.path
        source = path.read_bytes()
        kind = pick.choice(("error", "comparison"))
        if kind == "error":
            mutant = broken(source, place.function)
        else:
            mutant = negated(source, place.function, pick)
        if mutant is None or not parses(mutant):
            continue
        path.write_bytes(mutant)
        suite.git("add", "--", place.path)
        yield f"{kind} in {place.path}:{place.function.lineno} {place.name}"
        number -= 1
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
    asked, arguments = split(parser)
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(
            asked, arguments, Path(folder), lambda suite: mutated(suite, asked.mutants, asked.seed)
        )
    if not any(row.failing for row in rows):
        raise SystemExit("No mutant made a test fail: do the tests import the clone (`--path`)?")


if __name__ == "__main__":
    main()
