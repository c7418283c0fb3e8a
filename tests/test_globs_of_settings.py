"""Each setting with globs answers as `gardener.paths.matches`, which the docs promise."""

from pathlib import Path
from typing import Any

import pytest
from gardener.hooks.fix.find_files import find_candidates
from gardener.hooks.fix.inputs import Inputs

from gardener.codemod.candidates import candidates
from gardener.codemod.project import Project
from gardener.config import Codemods, Config, FocusTable, Impact, PriorityRule
from gardener.diagnosis.priority import impact, priority, subject
from gardener.model import Failure, Phase, Priority
from gardener.paths import matches

CASES = [
    # glob, path, whether it fits
    ("tests/**", "tests/a/b.py", True),
    ("tests/**", "tests/b.py", True),
    ("tests/**", "src/tests/b.py", False),
    ("tests/*", "tests/b.py", True),
    ("tests/*", "tests/a/b.py", False),
    ("tests", "tests/a/b.py", True),
    ("tests/", "src/tests/a/b.py", True),
    ("src/tests", "src/tests/a/b.py", True),
    ("**/test_*.py", "test_a.py", True),
    ("**/test_*.py", "a/b/test_a.py", True),
    ("*_pb.py", "a/x_pb.py", True),
    ("*_pb.py", "a/x_pb.pyi", False),
    ("conftest.py", "a/conftest.py", True),
    ("a/?.py", "a/b.py", True),
    ("a/?.py", "a/bc.py", False),
    ("a/[bc].py", "a/c.py", True),
    (".hidden/**", ".hidden/a.py", True),
    ("**", ".hidden/a.py", True),
]


@pytest.mark.parametrize(("glob", "path", "fits"), CASES)
def test_all_settings_with_globs_answer_alike(tmp_path, monkeypatch, glob, path, fits):
    monkeypatch.chdir(tmp_path)
    here = {"here": FocusTable(paths=(glob,))}
    rules: dict[str, Any] = {
        "priorities": (PriorityRule(Priority.P0, paths=(glob,)),),
        "impacts": (Impact("It matters.", paths=(glob,)),),
        "focus_tables": here,
        "codemods": Codemods(exclude=(glob,), per_path_skip={glob: ("utcnow",)}),
    }
    config = Config(Path(), **rules)
    failing = subject("other", [failure(path)])
    by_focus = Config(
        Path(),
        focus_tables=here,
        impacts=(Impact("It matters.", focus="here"),),
    )
    answers = {
        "matches": matches(path, glob),
        "priority": priority(Priority.P2, failing, config) == "P0",
        "impact": impact(failing, config) == "It matters.",
        "focus": impact(failing, by_focus) == "It matters.",
        "exclude": not pending(
            tmp_path, path, Config(tmp_path, codemods=Codemods(exclude=(glob,)))
        ),
        "per-path-skip": not candidates(b"utcnow", path, [utcnow()], Project(Path(), config)),
    }
    assert answers == dict.fromkeys(answers, fits)


def pending(root, path, config):
    """The files that `gardener fix` would look at more closely."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"utcnow")
    return find_candidates(Inputs((path,), True), [utcnow()], Project(root, config)).pending


def failure(path):
    return Failure(nodeid=f"{path}::test_x", phase=Phase.CALL, type="E", message="no")


def utcnow():
    """A codemod of that name that would take any file."""
    from gardener.codemod.model import Codemod

    return Codemod("utcnow", "", lambda _p: (b"utcnow",), lambda _d, _n, _p: True, lambda: object)
