"""What has to go first: findings that are consequences of others, in the worklog."""

import subprocess
import sys

import pytest
from msgspec.structs import replace

from gardener.diagnosis.blockers import blockers, in_order
from gardener.model import Failure, Finding, Kind, Phase


def finding(name, *tests, phase=Phase.CALL, after=""):
    failures = tuple(Failure(nodeid=t, phase=phase, type="E", message="") for t in tests)
    return Finding(
        fingerprint=name,
        kind=Kind.FAILING,
        category="other",
        slug=name,
        title=name,
        failures=failures,
        after=after,
    )


A, B, C = "t.py::a", "t.py::b", "t.py::c"
SETUP = finding("setup", A, B, phase=Phase.SETUP)
CALL = finding("call", A, B)
TEARDOWN = finding("teardown", A, phase=Phase.TEARDOWN)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([CALL, finding("other", C)], {}),
        ([CALL, finding("same phase", A)], {}),
        ([TEARDOWN, CALL], {"teardown": ["call"]}),
        ([CALL, SETUP], {"call": ["setup"]}),
        # One test of it fails of nothing else: it stands alone.
        ([finding("teardown", A, C, phase=Phase.TEARDOWN), CALL], {}),
        ([finding("polluted", C, after=A), CALL], {"polluted": ["call"]}),
        ([finding("of itself", C, after=C)], {}),
        ([finding("polluted", C, after=B)], {}),
        # Two that wait for each other: the first keeps its word.
        ([finding("x", A, after=C), finding("y", C, after=A)], {"x": ["y"]}),
        ([TEARDOWN, CALL, SETUP], {"teardown": ["setup"], "call": ["setup"]}),
    ],
)
def test_what_a_finding_is_blocked_by(findings, expected):
    blocked = blockers(findings)
    assert {name: [b.slug for b in by] for name, by in blocked.items()} == expected
    ordered = [each.slug for each in in_order(findings, blocked)]
    assert sorted(ordered) == sorted(each.slug for each in findings)
    for name, by in expected.items():
        assert all(ordered.index(each) < ordered.index(name) for each in by)


def test_the_order_stays_where_nothing_blocks():
    several = [finding(f"f{n}", f"t.py::{n}") for n in range(9)]
    assert in_order(several, blockers(several)) == several
    twice = [replace(several[0], slug="again"), several[0]]
    assert len(in_order(twice, {})) == 1


TESTS = """
USERS = []

def test_join():
    USERS.append("ada")
    assert len(USERS) == 2, "nobody was there before"
    USERS.clear()

def test_nobody_is_there():
    assert USERS == []
"""


@pytest.mark.slow
def test_the_worklog_of_a_run_says_what_comes_first(tmp_path):
    (tmp_path / "test_room.py").write_text(TESTS)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)

    def gardener(*words):
        command = [sys.executable, "-m", "gardener", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    gardener("run", "--all", "--python", sys.executable, "--reruns", "1", "--report", "r.json")
    worklog = gardener("report", "r.json", "--format", "worklog").stdout
    assert worklog.count("- Blocked by: ") == 1
    steps = worklog.partition("## Next steps")[2].strip().splitlines()
    assert "if it is still there" not in steps[0]
    assert "after step 1, if it is still there: " in steps[1]
