"""Every rule that `deprecated-import` derives from a tree's own modules, and how far it is proven.

    python bench/derived_rules.py TREE [TREE...] [--python PYTHON] [--path FOLDER]... [--doubtful]

A rule of a whole module counts once for each public name of it. Per rule: the old name, the new
one, what proves that both are the same object, and where it is said.

- `same definition`: both names lead to the same statement of the sources;
- `same object`: both were imported (by PYTHON, in a process of its own) and are one object;
- `names the pair`: two objects, but the project's own warning names just this pair;
- `DIFFERENT`: both were imported, are two objects, and no warning names the pair;
- `unproven`: none of these.

With `--doubtful` the rules that are not applied are listed too, with the reason. Nothing is written.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from gardener.codemods._rules import Home, Rule, home_of, told_by

from gardener.codemod.prefilter import deprecating_modules
from gardener.codemod.project import Project
from gardener.config import Config

IMPORTING = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
pairs = json.load(sys.stdin)
sys.path[:0] = pairs.pop(0)
real, sys.stdout = sys.stdout, sys.stderr
def load(dotted):
    module, _, name = dotted.rpartition(":")
    loaded = importlib.import_module(module)
    return getattr(loaded, name)
for old, new in pairs:
    try:
        answer = "same" if load(old) is load(new) else "different"
    except BaseException as wrong:
        answer = f"not imported: {type(wrong).__name__}: {str(wrong)[:60]}"
    print(json.dumps(answer), file=real, flush=True)
"""


class Derived(NamedTuple):
    """One name of one rule, and where it is now (or why not)."""

    rule: Rule
    name: str
    home: Home
    near: str

    @property
    def old(self) -> str:
        """`module:name` of the old name."""
        return f"{self.rule.module}:{self.name}"

    @property
    def new(self) -> str:
        """`module:name` of the new one."""
        return f"{self.home.module}:{self.home.name}"


def derived(project: Project) -> Iterator[Derived]:
    """The rules of a project, one for each name."""
    for module, path in deprecating_modules(project):
        seen: set[str] = set()
        for rule in told_by(project, module, path):
            for name in _names(project, rule, path):
                home = home_of(project, module, name, path)
                if name not in seen and home is not None:
                    seen.add(name)
                    yield Derived(rule, name, home, path)


def _names(project: Project, rule: Rule, path: str) -> Iterator[str]:
    if rule.name not in ("", "*"):
        yield rule.name
        return
    source = project.modules.source(path)
    bindings = source.bindings if source is not None else {}
    for name, bound in bindings.items():
        if not name.startswith("_") and not all(_is_tool(b.target) for b in bound):
            yield name


def _is_tool(target: str) -> bool:
    return target.partition(".")[0] in ("warnings", "typing", "sys", "importlib", "__future__")


def is_same_definition(project: Project, rule: Derived) -> bool:
    """Whether both names lead to the same statement."""
    old, new = (
        project.modules.define(name.replace(":", "."), rule.near) for name in (rule.old, rule.new)
    )
    if old is None or new is None:
        return False
    if old.binding is None or new.binding is None:
        return old.binding is new.binding and old.path == new.path
    return old.path == new.path and old.binding.node is new.binding.node


def imported(
    rules: Sequence[Derived], python: str, paths: Sequence[str], limit: float
) -> list[str]:
    """What importing both names of each rule tells."""
    asked = json.dumps([list(paths), *((rule.old, rule.new) for rule in rules)])
    try:
        done = subprocess.run(
            [python, "-c", IMPORTING], input=asked, capture_output=True, text=True, timeout=limit
        )
        lines = done.stdout.splitlines()
    except subprocess.TimeoutExpired as wrong:
        lines = (wrong.stdout or b"").decode().splitlines()
    answers = [str(json.loads(line)) for line in lines]
    return answers + ["not imported: the process ended"] * (len(rules) - len(answers))


def proof(project: Project, rule: Derived, answer: str) -> str:
    """What proves a rule."""
    target = rule.new.replace(":", ".")
    is_told = not rule.rule.sure and rule.rule.name == rule.name
    names_pair = is_told and target in rule.rule.targets
    if answer == "same":
        return "same object"
    if is_same_definition(project, rule):
        return "same definition"
    if names_pair:
        return "names the pair"
    return "DIFFERENT" if answer == "different" else f"unproven ({answer})"


def main() -> None:
    """Print the rules of each tree, and a summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tree", nargs="+", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--path", action="append", default=[])
    parser.add_argument("--limit", type=float, default=120)
    parser.add_argument("--doubtful", action="store_true")
    options = parser.parse_args()
    total: Counter[str] = Counter()
    for tree in options.tree:
        project = Project(tree.resolve(), Config(tree.resolve()))
        rules = list(derived(project))
        sure = [rule for rule in rules if rule.home.module]
        paths = [*options.path, str(tree.resolve()), str(tree.resolve() / "src")]
        answers = imported(sure, options.python, paths, options.limit)
        counts: Counter[str] = Counter()
        for rule, answer in zip(sure, answers, strict=True):
            why = proof(project, rule, answer)
            counts[why.partition(" (")[0]] += 1
            print(
                f"  {rule.old} -> {rule.new}  [{why}]  {rule.rule.origin}  {rule.rule.text[:90]!r}"
            )
        for rule in rules if options.doubtful else ():
            if not rule.home.module:
                print(f"  {rule.old} stays: {rule.home.why}  {rule.rule.origin}")
        total += counts
        told = ", ".join(f"{number} {why}" for why, number in sorted(counts.items())) or "none"
        print(f"{tree.name}: {len(rules)} names of rules, {len(sure)} sure: {told}")
    if len(options.tree) > 1:
        print("all: " + ", ".join(f"{number} {why}" for why, number in sorted(total.items())))


if __name__ == "__main__":
    main()
