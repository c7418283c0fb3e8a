"""Failures as Python, pytest, mocks and libraries really word them get the right category.

`tests/cases/failures.py` fails on this Python. `data/wordings.json` holds what it failed with
on Python 3.8 with pytest 7.0 and Pydantic 1, on 3.11 with pytest 8.4 and on 3.13 with pytest
9.2 and Pydantic 2, where they or a library said it in words of their own.
"""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from gardener.config import Config
from gardener.diagnosis.classification import of_failure, table
from gardener.diagnosis.fingerprint import evidence_of
from gardener.model import Failure, Selection

CASES = Path(__file__).parents[1] / "cases" / "failures.py"
WORDINGS = json.loads((Path(__file__).parent / "data" / "wordings.json").read_text())
ROWS = table(Config(Path()))
QUIET = "[pytest]\naddopts = -p no:cacheprovider -p no:asyncio -p no:anyio\n"


def category(failure: Failure) -> str:
    return of_failure(failure, evidence_of(failure), ROWS).id


def meant(nodeid: str) -> str:
    """The category in the name of a test: `test_CATEGORY__CASE`."""
    name = nodeid.rpartition("::")[2]
    return name.partition("__")[0].removeprefix("test_").replace("_", "-")


def test_on_this_python(tmp_path):
    from gardener.hooks.pytest_run.execution import ExecutionRequest, execute

    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "pytest.ini").write_text(QUIET)
    (tmp_path / "test_real.py").write_bytes(CASES.read_bytes())
    report = execute(
        ExecutionRequest(tmp_path, sys.executable, Selection(everything=True), Config(tmp_path))
    ).report
    first = {failure.nodeid: failure for failure in reversed(report.failures)}
    assert len(first) > 200
    wrong = {
        nodeid: (category(failure), failure.type, failure.message[:200])
        for nodeid, failure in first.items()
        if category(failure) != meant(nodeid)
    }
    # What only newer Pythons say in so many words.
    excused = {"test_not_awaitable__with"} if sys.version_info < (3, 11) else set()
    assert not {n: w for n, w in wrong.items() if n.rpartition("::")[2] not in excused}


@pytest.mark.parametrize("python", ["3.8", "3.11", "3.13"])
def test_as_others_word_it(python):
    wrong = {}
    for one in WORDINGS:
        failure = msgspec.convert(
            {k: v for k, v in one.items() if k not in ("category", "python")}, Failure
        )
        if one["python"] == python and category(failure) != one["category"]:
            wrong[failure.nodeid] = (category(failure), failure.type, failure.message[:200])
    excused = {"test_not_awaitable__with"} if python == "3.8" else set()
    assert not {n: w for n, w in wrong.items() if n.rpartition("::")[2] not in excused}


def test_the_wordings_are_many():
    assert len(WORDINGS) > 200
    assert {one["category"] for one in WORDINGS} > {
        "service-unavailable", "connection-refused", "timeout", "event-loop", "fixture-missing",
        "pydantic-validation", "patch-target-missing", "mock-not-called", "serialization-error",
    }  # fmt: skip
