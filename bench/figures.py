"""Figures of gardener's own code, beside the limits that it holds.

    python bench/figures.py [--worst N] [--check] [PATH]...

Without a PATH all code is measured but the insides that are to be replaced (`LATER`); with
one, every file below it. `--worst N` lists the N worst of each kind; `--check` exits with 1
where a limit is passed. Cyclomatic complexity is counted as one, and one more for each
branch, loop, handler, condition of a comprehension and further operand of `and` and `or`.
"""

import argparse
import ast
import sys
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).parents[1]
CODE = ("gardener", "hooks", "bot", "codemods")

LATER: tuple[str, ...] = ()
"""Code that is to be written anew, and not measured until then."""

TABLES = ("gardener/diagnosis/categories",)
"""Files that are one long table, free of the limit for a module."""

VAGUE = frozenset(
    [
        "found",
        "one",
        "known",
        "own",
        "said",
        "other",
        "others",
        "wanted",
        "told",
        "given",
        "asked",
        "held",
        "kept",
        "seen",
        "made",
        "taken",
        "it",
        "that",
        "thing",
        "things",
        "stuff",
        "here",
        "there",
        "gone",
        "came",
        "left",
        "names_",
        "what",
        "both",
        "whole",
        "more",
        "said_",
        "meant",
        "away",
        "full",
        "stated",
        "shown",
        "near",
    ]
)
"""Names that say nothing of the thing that they stand for."""

GENERIC = frozenset(
    [
        "result",
        "results",
        "item",
        "items",
        "data",
        "value",
        "values",
        "x",
        "obj",
        "tmp",
        "res",
        "ret",
        "thing",
    ]
)
"""Names that say little more; no cure for the vague ones."""

BRANCHES = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.IfExp,
    ast.ExceptHandler,
    ast.Assert,
    ast.comprehension,
)


class Measured(NamedTuple):
    """Something that was counted, and where it stands."""

    number: float
    place: str


class Figures(NamedTuple):
    """What was counted: lines of modules and functions, complexities, names."""

    modules: list[Measured]
    functions: list[Measured]
    complexities: list[Measured]
    vague: list[str]
    generic: list[str]
    assigned: int


def complexity(function: ast.AST) -> int:
    """The cyclomatic complexity of a function, functions inside it included."""
    number = 1
    for node in ast.walk(function):
        number += isinstance(node, BRANCHES)
        if isinstance(node, ast.comprehension):
            number += len(node.ifs)
        elif isinstance(node, ast.BoolOp):
            number += len(node.values) - 1
        elif node.__class__.__name__ == "match_case":
            number += 1
    return number


def assigned_names(tree: ast.AST) -> list[tuple[str, int]]:
    """Each name that is bound, or a parameter, with its line."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.append((node.id, node.lineno))
        elif isinstance(node, ast.arg) and node.arg not in ("self", "cls"):
            names.append((node.arg, node.lineno))
    return names


def measure(paths: list[Path]) -> Figures:
    """Count all that there is in these files."""
    figures = Figures([], [], [], [], [], 0)
    assigned = 0
    for path in paths:
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        place = str(path.relative_to(TOP)) if path.is_relative_to(TOP) else str(path)
        lines = source.count("\n")
        if lines > 3:  # an empty package
            figures.modules.append(Measured(lines, place))
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                where = f"{place}:{node.lineno} {node.name}"
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                figures.functions.append(Measured(length, where))
                figures.complexities.append(Measured(complexity(node), where))
        names = assigned_names(tree)
        assigned += len(names)
        figures.vague.extend(f"{place}:{line} {name}" for name, line in names if name in VAGUE)
        figures.generic.extend(f"{place}:{line} {name}" for name, line in names if name in GENERIC)
    return figures._replace(assigned=assigned)


def percentile(measured: list[Measured], part: float) -> float:
    """The number below which that part of them lies."""
    numbers = sorted(one.number for one in measured)
    return numbers[round(part * (len(numbers) - 1))] if numbers else 0


def files(paths: list[Path]) -> list[Path]:
    """The files to measure."""
    if paths:
        found = [p for path in paths for p in ([path] if path.is_file() else path.rglob("*.py"))]
        return sorted(path.resolve() for path in found)
    every = [path for folder in CODE for path in sorted((TOP / folder).rglob("*.py"))]
    return [p for p in every if not str(p.relative_to(TOP)).startswith(LATER)]


def rows(figures: Figures) -> list[tuple[str, float, float | None]]:
    """Each figure with its limit, if it has one."""
    modules = [m for m in figures.modules if not m.place.startswith(TABLES)]
    functions = max(1, len(figures.functions))
    complex_ones = sum(one.number > 15 for one in figures.complexities)
    names = max(1, figures.assigned)
    return [
        ("module p90 (lines)", percentile(figures.modules, 0.9), 320),
        ("longest module but tables", max((m.number for m in modules), default=0), 700),
        ("function p90 (lines)", percentile(figures.functions, 0.9), 25),
        ("longest function", max((f.number for f in figures.functions), default=0), 60),
        ("functions of a complexity above 15 (%)", 100 * complex_ones / functions, 2),
        ("highest complexity", max((c.number for c in figures.complexities), default=0), 25),
        ("vague names (%)", 100 * len(figures.vague) / names, 1),
        ("generic names (%)", 100 * len(figures.generic) / names, None),
    ]


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Figures of gardener's own code.")
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--worst", type=int, default=0, metavar="N")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    figures = measure(files(options.paths))
    lines = sum(module.number for module in figures.modules)
    print(f"{len(figures.modules)} modules, {lines:,.0f} lines, {len(figures.functions)} functions")
    passed = False
    for label, number, limit in rows(figures):
        mark = "" if limit is None else f"(at most {limit:g})"
        passed |= limit is not None and number > limit
        print(f"{label:40} {number:8.1f}  {mark}")
    if options.worst:
        for title, measured in (
            ("modules", figures.modules),
            ("functions", figures.functions),
            ("complexities", figures.complexities),
        ):
            print(f"\n{title}")
            for one in sorted(measured, reverse=True)[: options.worst]:
                print(f"{one.number:6.0f}  {one.place}")
        print("\nvague names", *figures.vague[: options.worst], sep="\n  ")
    return int(options.check and passed)


if __name__ == "__main__":
    sys.exit(main())
