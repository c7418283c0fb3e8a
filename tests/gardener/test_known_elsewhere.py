"""The history of a cause where no store is kept, as in CI: what its issue and the base know."""

import pytest
from msgspec.structs import replace

from gardener.commands.surroundings import extras_of
from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.model import Failure, Outcome, Phase, Report, Result
from gardener.render import html
from gardener.reports.issue_ledger import IssueLedger, KeptIssue, KeptRun

TEST = "t.py::test_it"
RED = Report(
    created="2026-11-05T00:00:00Z",
    commit="5" * 40,
    results=(Result(TEST, "failed"),),
    failures=(Failure(nodeid=TEST, phase=Phase.CALL, type="OSError", message="no relay"),),
)


def strip(tmp_path, monkeypatch, base=None, ledger=None):
    """The states of the only cause in its past runs, and the page."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    told = diagnose(RED, Config(tmp_path), base)
    extras = extras_of(told, Config(tmp_path), (), base, ledger)
    states = [run.state for run in extras.history.get(told.findings[0].fingerprint, ())]
    return states, html.render(RED, told, extras)


@pytest.mark.parametrize(
    ("outcome", "state"), [("passed", "passing"), ("failed", "failing"), ("", "not run")]
)
def test_the_base_is_one_run(tmp_path, monkeypatch, outcome: Outcome, state):
    results = (Result(TEST, outcome),) if outcome else ()
    base = replace(RED, commit="1" * 40, results=results, failures=())
    states, page = strip(tmp_path, monkeypatch, base)
    assert states == [state]
    assert f"The last 1 runs, newest last: {state} in 1" in page or f"{state} in 1" in page
    assert "No earlier run of these causes is known" not in page


def test_the_issue_remembers_runs(tmp_path, monkeypatch):
    (finding,) = diagnose(RED, Config(tmp_path)).findings
    runs = (
        KeptRun("2026-11-01", "1" * 12, failing=True),
        KeptRun("2026-11-03", "3" * 12, failing=False),
    )
    issue = KeptIssue(number=7, fingerprints=(finding.fingerprint,), runs=runs)
    states, _ = strip(tmp_path, monkeypatch, ledger=IssueLedger(issues=(issue,)))
    assert states == ["failing", "passing"]


def test_where_nothing_is_known_the_page_says_why(tmp_path, monkeypatch):
    states, page = strip(tmp_path, monkeypatch)
    assert states == []
    assert "No earlier run of these causes is known here" in page
