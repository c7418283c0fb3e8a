"""What the example is said to do is what pytest really does with it."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
EXPECTED = json.loads((EXAMPLES / "expected.json").read_text())

WITNESS = """
import json, os

seen = {"outcomes": {}, "warnings": []}

def pytest_runtest_logreport(report):
    if report.failed:
        seen["outcomes"][report.nodeid] = "failed" if report.when == "call" else "error"
    elif report.when == "call":
        seen["outcomes"].setdefault(report.nodeid, report.outcome)

def pytest_warning_recorded(warning_message):
    seen["warnings"].append(str(warning_message.message))

def pytest_unconfigure():
    with open(os.environ["WITNESS"], "w") as out:
        json.dump(seen, out)
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What a plugin of our own sees in a run of the example's whole suite."""
    folder = tmp_path_factory.mktemp("witness")
    (folder / "witness.py").write_text(WITNESS)
    shutil.copytree(EXAMPLES / "chat", folder / "chat", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "PYTHON"))},
        "PYTHONPATH": str(folder),
        "WITNESS": str(folder / "seen.json"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "witness"],
        cwd=folder / "chat",
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return json.loads((folder / "seen.json").read_text())


def test_outcomes(seen):
    assert Counter(seen["outcomes"].values()) == EXPECTED["outcomes"]


def test_every_red_test_belongs_to_exactly_one_cause(seen):
    red = [nodeid for nodeid, outcome in seen["outcomes"].items() if outcome != "passed"]
    named = [nodeid for cause in EXPECTED["causes"] for nodeid in cause["tests"]]
    assert sorted(red) == sorted(named)


def test_deprecations(seen):
    known = [
        deprecation
        for deprecation in EXPECTED["deprecations"]
        if sys.version_info >= tuple(deprecation.get("since_python", [3]))
    ]
    counts: Counter[str] = Counter()
    for warning in seen["warnings"]:
        (match,) = [d["message"] for d in known if d["message"] in warning]
        counts[match] += 1
    assert counts == {d["message"]: d["count"] for d in known}
