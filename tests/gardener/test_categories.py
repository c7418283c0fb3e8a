"""Each category's example fails, is recognised as that category, and the user may override."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gardener import config as settings
from gardener.cli import main
from gardener.config import Config, load
from gardener.diagnosis.categories import BUILT_IN
from gardener.diagnosis.classification import table
from gardener.diagnosis.diagnosis import diagnose
from gardener.model import Failure, Phase, Report, Result, Selection

WITH_EXAMPLE = [row for row in BUILT_IN if row.example]
ENDING = {"worker-crash", "interrupted"}
"""Whose examples end the run."""


def executed(root):
    from gardener.hooks.pytest_run.execution import ExecutionRequest, execute

    subprocess.run(["git", "init", "-q", root], check=True)
    return execute(
        ExecutionRequest(root, sys.executable, Selection(everything=True), Config(root))
    ).report


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The category of each finding, by the file that it comes from."""
    by_file: dict[str, Any] = {}
    for own in ({row.id for row in WITH_EXAMPLE} - ENDING, *({one} for one in sorted(ENDING))):
        root = tmp_path_factory.mktemp("examples")
        (root / "pytest.ini").write_text("[pytest]\naddopts = -p no:asyncio -p no:cacheprovider\n")
        for row in WITH_EXAMPLE:
            if row.id in own:
                (root / f"test_{row.id.replace('-', '_')}.py").write_text(row.example)
        for finding in diagnose(executed(root), Config(root)).findings:
            for failure in finding.failures:
                by_file.setdefault(Path(failure.file).stem, set()).add(finding.category)
    return by_file


@pytest.mark.parametrize("row", WITH_EXAMPLE, ids=lambda row: row.id)
def test_the_example_is_recognised(found, row):
    assert found[f"test_{row.id.replace('-', '_')}"] == {row.id}


def test_two_files_of_one_name_are_recognised(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "test_same.py").write_text("def test_it(): pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    report = executed(tmp_path)
    (finding,) = diagnose(report, Config(tmp_path)).findings
    assert finding.category == "duplicate-basename"
    assert finding.kind == "uncollectable"


def test_the_table_is_sound():
    ids = [row.id for row in BUILT_IN]
    assert len(set(ids)) == len(ids)
    assert ids[-1] == "other"
    for row in BUILT_IN:
        assert row.explanation.endswith("."), row.id
        assert row.next_step.endswith("."), row.id
        assert row.matches or row.warns or row.id == "other", row.id
        assert (row.kind == "deprecated") == bool(row.warns) or row.id == "marker-or-config"


NAMES_OF_OTHERS = {
    "hypothesis-deadline": (
        ("hypothesis.errors.DeadlineExceeded", "Test took 250ms, which exceeds the deadline of 200ms"),
        ("google.api_core.exceptions.DeadlineExceeded", "504 Deadline Exceeded"),
    ),
    "hypothesis-health-check": (
        ("hypothesis.errors.Unsatisfiable", "Unable to satisfy assumptions of test_a"),
        ("app.solver.Unsatisfiable", "no model"),
    ),
    "websocket-rejected": (
        ("websockets.exceptions.InvalidStatus", "server rejected WebSocket connection: HTTP 403"),
        ("app.orders.InvalidStatus", "paid after 404 days"),
    ),
    "websocket-closed": (
        ("websockets.exceptions.ConnectionClosedError", "no close frame received or sent"),
        ("botocore.exceptions.ConnectionClosedError", "Connection was closed before a response"),
    ),
    "sqlalchemy-2-api": (
        ("sqlalchemy.exc.ArgumentError", "Textual SQL expression 'x = 1' should be explicitly declared as text('x = 1')"),
        ("sqlalchemy.exc.ObjectNotExecutableError", "Not an executable object: <Job 7>"),
    ),
    "credentials-missing": (
        ("botocore.exceptions.ProfileNotFound", "The config profile (ci) could not be found"),
        ("app.users.ProfileNotFound", "user 7"),
    ),
    "database-schema": (
        ("pymysql.err.OperationalError", "(1054, \"Unknown column 'age' in 'field list'\")"),
        ("ValueError", "unknown column 'age' in rooms.csv"),
    ),
    "snapshot-missing": (
        ("AssertionError", "snapshot test_a/a doesn't exist. (run pytest with --snapshot-update)"),
        ("AssertionError", "assert 'snapshot a does not exist' in 'ok'"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("category", NAMES_OF_OTHERS)
def test_a_name_that_others_use_too_is_not_enough(category):
    found = []
    for type_, message in NAMES_OF_OTHERS[category]:
        one = Failure(nodeid="t.py::test_a", phase=Phase.CALL, type=type_, message=message)
        report = Report(created="", results=(Result(one.nodeid, "failed"),), failures=(one,))
        found += [f.category == category for f in diagnose(report, Config(Path())).findings]
    assert found == [True, False]


def test_each_codemod_that_is_named_exists():
    from gardener.codemod.discovery import discover

    known = set(discover(Config(Path())))
    assert {row.codemod for row in BUILT_IN if row.codemod} <= known


RULES = b"""
[tool.gardener.categories.stale-token]
types = ["ValueError"]
message = "token"
priority = "P0"
explanation = "A token is stale."
next-step = "Ask for a new token."

[tool.gardener.categories.other]
priority = "P3"
"""


def test_users_add_and_change_categories(tmp_path):
    (tmp_path / "pyproject.toml").write_bytes(RULES)
    rows = {row.id: row for row in table(load(tmp_path))}
    assert next(iter(rows)) == "stale-token", "the user's own come first"
    assert rows["stale-token"].priority == "P0"
    assert rows["other"].priority == "P3"
    assert rows["other"].next_step == BUILT_IN[-1].next_step
    (tmp_path / "test_it.py").write_text(
        "def test_a():\n    raise ValueError('bad token')\n\n\ndef test_b():\n    raise LookupError\n"
    )
    report = executed(tmp_path)
    findings = diagnose(report, settings.load(tmp_path)).findings
    assert [(f.category, f.priority) for f in findings] == [("stale-token", "P0"), ("other", "P3")]


def test_categories_are_listed_and_explained(capsys):
    assert main(["categories"]) == 0
    listed = capsys.readouterr().out
    assert all(row.id in listed for row in BUILT_IN)
    assert main(["categories", "utcnow"]) == 0
    assert "gardener fix --only utcnow" in capsys.readouterr().out
    assert main(["categories", "utcnov"]) == 2
    assert "did you mean 'utcnow'?" in capsys.readouterr().err


def test_the_page_of_categories_is_that_of_the_table():
    import runpy

    top = Path(__file__).parents[2]
    made = runpy.run_path(str(top / "docs" / "render_categories.py"))
    told = "run `python docs/render_categories.py`"
    assert (top / "docs" / "categories.md").read_text(encoding="utf-8") == made["page"](), told
