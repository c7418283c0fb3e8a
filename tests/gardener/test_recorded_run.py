"""A recorded run of a real backend: 24 tests, 11 red, 4 causes labelled by hand."""

import json
from collections import defaultdict
from pathlib import Path

from gardener.cli import main

DATA = Path(__file__).parent / "data"
RUN = DATA / "websocket_run.json"
CAUSES = json.loads((DATA / "websocket_run_causes.json").read_text())["causes"]


def shown(capsys, *args):
    assert main(["report", str(RUN), *args]) == 0
    return capsys.readouterr().out


def test_its_failures_form_exactly_the_labelled_causes(capsys):
    labelled = defaultdict(set)
    for nodeid, cause in CAUSES.items():
        labelled[cause].add(nodeid)
    found = json.loads(shown(capsys, "--format", "json"))["findings"]
    assert sorted(map(sorted, labelled.values())) == sorted(sorted(f["tests"]) for f in found)


def test_its_causes_are_named(capsys):
    found = json.loads(shown(capsys, "--format", "json"))["findings"]
    assert sorted(finding["name"] for finding in found) == [
        "failing-test-unknown-P1-bridge-agent-integration-no-events",
        "failing-test-unknown-P1-connection-info-constructor",
        "failing-test-unknown-P1-event-serialization-format",
        "failing-test-unknown-P2-mock-interface-mismatch",
    ]


def test_the_contract_of_the_json(capsys):
    document = json.loads(shown(capsys, "--format", "json"))
    assert set(document) >= {"schema", "findings", "warnings", "summary"}
    for finding in document["findings"]:
        assert set(finding) >= {
            "name", "fingerprint", "category", "status", "priority", "tests", "reason", "codemod",
        }  # fmt: skip
        assert finding["status"] == "unknown", "there is no base to compare with"
    assert document["summary"]["outcomes"] == {"error": 6, "failed": 5, "passed": 13}
    assert sum(w["count"] for w in document["warnings"]) == document["summary"]["warnings"] == 65


def test_deprecations_are_no_findings_among_failures(capsys):
    document = json.loads(shown(capsys, "--format", "json"))
    assert {d["codemod"] for d in document["deprecations"]} == {
        "utcnow", "pydantic-config", "deprecated-import",
    }  # fmt: skip
    assert all(finding["kind"] == "failing" for finding in document["findings"])


def test_prose_fits_the_columns_and_the_next_step_is_last(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = shown(capsys).splitlines()
    whole = ("    ", "  $ ", "  at ")  # evidence, nodeids, commands and places
    assert all(len(line) <= 80 for line in lines if not line.startswith(whole))
    assert not any("\x1b" in line for line in lines)
    assert lines[-2].startswith("11 failing, 13 passed: 4 causes.") or "Next:" in "".join(
        lines[-2:]
    )


def test_off_a_terminal_nothing_is_wrapped(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    lines = shown(capsys, "-v").splitlines()
    assert {line.strip() for line in lines} >= set(CAUSES)
    assert lines[-1].startswith("Next: ") and lines[-2] == "11 failing, 13 passed: 4 causes."


def test_quiet_shows_each_finding_in_a_line(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    lines = shown(capsys, "-q").splitlines()
    assert len(lines) == 4 + 2
    assert lines[0].startswith("failing-test-unknown-P2-mock-interface-mismatch: 7 tests in ")
    assert " tests in " in lines[0] and ", at " in lines[0]
